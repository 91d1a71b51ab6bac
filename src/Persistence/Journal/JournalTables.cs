using Microsoft.Data.Sqlite;

namespace CubeActors.Persistence;

/// <summary>The statements of a journal, prepared once. Used by the writer thread only.</summary>
internal sealed class JournalTables(SqliteConnection connection, JournalSettings settings, string path) : IDisposable
{
    private readonly SqliteCommand _insertEvent = Prepare(connection,
        "INSERT INTO events (persistence_id, seq, manifest, payload, written_at) VALUES ($id, $seq, $manifest, $payload, $at)",
        "$id", "$seq", "$manifest", "$payload", "$at");
    private readonly SqliteCommand _deleteEvents = Prepare(connection,
        "DELETE FROM events WHERE persistence_id = $id AND seq <= $to", "$id", "$to");
    private readonly SqliteCommand _rememberDeletion = Prepare(connection,
        """
        INSERT INTO deletions (persistence_id, to_seq) VALUES ($id, $to)
        ON CONFLICT (persistence_id) DO UPDATE SET to_seq = max(to_seq, excluded.to_seq)
        """, "$id", "$to");
    private readonly SqliteCommand _insertSnapshot = Prepare(connection,
        """
        INSERT OR REPLACE INTO snapshots (persistence_id, seq, manifest, payload, written_at)
        VALUES ($id, $seq, $manifest, $payload, $at)
        """,
        "$id", "$seq", "$manifest", "$payload", "$at");
    private readonly SqliteCommand _deleteSnapshots = Prepare(connection,
        "DELETE FROM snapshots WHERE persistence_id = $id AND seq <= $to AND written_at <= $at", "$id", "$to", "$at");
    private readonly SqliteCommand _readSnapshot = Prepare(connection,
        """
        SELECT seq, manifest, payload, written_at FROM snapshots
        WHERE persistence_id = $id AND seq <= $to AND written_at <= $at ORDER BY seq DESC LIMIT 1
        """, "$id", "$to", "$at");
    private readonly SqliteCommand _readDeletedTo = Prepare(connection,
        "SELECT to_seq FROM deletions WHERE persistence_id = $id", "$id");
    private readonly SqliteCommand _readHighest = Prepare(connection,
        """
        SELECT max(coalesce((SELECT max(seq) FROM events WHERE persistence_id = $id), 0),
                   coalesce((SELECT max(seq) FROM snapshots WHERE persistence_id = $id), 0),
                   coalesce((SELECT to_seq FROM deletions WHERE persistence_id = $id), 0))
        """, "$id");
    private readonly SqliteCommand _readEvents = Prepare(connection,
        "SELECT seq, manifest, payload FROM events WHERE persistence_id = $id AND seq BETWEEN $from AND $to ORDER BY seq LIMIT $max",
        "$id", "$from", "$to", "$max");

    /// <summary>Performs one write inside the transaction that the caller began.</summary>
    public void Apply(JournalWrite write, SqliteTransaction transaction)
    {
        switch (write)
        {
            case WriteEvents events: Insert(events, transaction); break;
            case DeleteEvents delete: Delete(delete, transaction); break;
            case WriteSnapshot snapshot:
                var (metadata, value) = (snapshot.Metadata, snapshot.Snapshot);
                var at = UnixTime.From(metadata.Timestamp);
                Run(_insertSnapshot, transaction, metadata.PersistenceId, metadata.SequenceNr, value.Manifest, value.Payload, at);
                break;
            case DeleteSnapshotRows delete:
                var (to, until) = (delete.Criteria.MaxSequenceNr, UnixTime.From(delete.Criteria.MaxTimeStamp));
                Run(_deleteSnapshots, transaction, delete.PersistenceId, to, until);
                break;
            default: throw new InvalidOperationException($"{write.GetType()} is no write of the journal.");
        }
    }

    public SnapshotRead Read(ReadSnapshot request)
    {
        var toSequenceNr = Math.Min(request.Criteria.MaxSequenceNr, request.ToSequenceNr);
        Bind(_readSnapshot, null, request.PersistenceId, toSequenceNr, UnixTime.From(request.Criteria.MaxTimeStamp));
        (SnapshotMetadata, StoredValue)? snapshot = null;
        using (var row = _readSnapshot.ExecuteReader())
        {
            if (row.Read())
                snapshot = (
                    new SnapshotMetadata(request.PersistenceId, row.GetInt64(0), TimestampOf(row.GetInt64(3), request.PersistenceId)),
                    new StoredValue(row.GetString(1), row.GetFieldValue<byte[]>(2)));
        }
        return new SnapshotRead(
            request.Token, snapshot, Number(_readDeletedTo, request.PersistenceId), Number(_readHighest, request.PersistenceId));
    }

    public EventsRead Read(ReadEvents request)
    {
        var max = Math.Min(request.CountMax, settings.PageEventsMax);
        Bind(_readEvents, null, request.PersistenceId, request.FromSequenceNr, request.ToSequenceNr, max);
        var events = new List<(long, StoredValue)>();
        var bytes = 0L;
        using var row = _readEvents.ExecuteReader();
        while (bytes < settings.PageBytesMax && row.Read())
        {
            var value = new StoredValue(row.GetString(1), row.GetFieldValue<byte[]>(2));
            bytes += value.Payload.Length;
            events.Add((row.GetInt64(0), value));
        }
        return new EventsRead(request.Token, events);
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[
            _insertEvent, _deleteEvents, _rememberDeletion, _insertSnapshot, _deleteSnapshots,
            _readSnapshot, _readDeletedTo, _readHighest, _readEvents])
            command.Dispose();
    }

    private void Insert(WriteEvents write, SqliteTransaction transaction)
    {
        var at = settings.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var sequenceNr = write.FirstSequenceNr;
        foreach (var value in write.Events)
            Run(_insertEvent, transaction, write.PersistenceId, sequenceNr++, value.Manifest, value.Payload, at);
    }

    private void Delete(DeleteEvents delete, SqliteTransaction transaction)
    {
        // The mark may not pass what was written, or the next events would lie below it.
        var to = Math.Min(delete.ToSequenceNr, Number(_readHighest, delete.PersistenceId, transaction));
        Run(_deleteEvents, transaction, delete.PersistenceId, to);
        // Remembered, because the highest number must survive the deletion of its event: a number is never given twice.
        Run(_rememberDeletion, transaction, delete.PersistenceId, to);
    }

    private DateTime TimestampOf(long milliseconds, string persistenceId) => UnixTime.TryTo(milliseconds, out var utc)
        ? utc
        : throw new JournalException(
            $"The journal '{path}' is damaged: a snapshot of '{persistenceId}' has the impossible time {milliseconds}.", fault: JournalFault.Damaged);

    private static long Number(SqliteCommand command, string persistenceId, SqliteTransaction? transaction = null)
    {
        Bind(command, transaction, persistenceId);
        return command.ExecuteScalar() as long? ?? 0;
    }

    private static void Run(SqliteCommand command, SqliteTransaction transaction, params ReadOnlySpan<object> values)
    {
        Bind(command, transaction, values);
        command.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, SqliteTransaction? transaction, params ReadOnlySpan<object> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }
}
