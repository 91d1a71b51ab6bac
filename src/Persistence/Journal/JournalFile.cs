using Microsoft.Data.Sqlite;

namespace CubeActors.Persistence;

/// <summary>Opens the SQLite file of a journal and makes sure that it is one.</summary>
internal static class JournalFile
{
    /// <summary>"CAjn": in the file's header, so that another program's database is not taken for a journal.</summary>
    public const int ApplicationId = 0x43416A6E;

    /// <summary>Changes whenever an older program could misread the tables.</summary>
    public const int SchemaVersion = 1;

    /// <summary>A second process on the file is told at once, not after Microsoft.Data.Sqlite's 30 s.</summary>
    private const int LockedSeconds = 1;

    // payload: UTF-8 JSON of the type that the manifest stands for; written_at: milliseconds since 1970 UTC.
    private const string Schema =
        """
        CREATE TABLE events (
          persistence_id TEXT NOT NULL, seq INTEGER NOT NULL, manifest TEXT NOT NULL, payload BLOB NOT NULL, written_at INTEGER NOT NULL,
          PRIMARY KEY (persistence_id, seq)) WITHOUT ROWID;
        CREATE TABLE deletions (persistence_id TEXT NOT NULL PRIMARY KEY, to_seq INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE snapshots (
          persistence_id TEXT NOT NULL, seq INTEGER NOT NULL, manifest TEXT NOT NULL, payload BLOB NOT NULL, written_at INTEGER NOT NULL,
          PRIMARY KEY (persistence_id, seq)) WITHOUT ROWID;
        """;

    /// <exception cref="JournalException">The file cannot be opened, is damaged, in use, foreign, or newer than this program.</exception>
    public static SqliteConnection Open(string path, JournalSettings settings)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = LockedSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Configure(connection, settings);
            CheckOrCreate(connection, path);
            return connection;
        }
        catch (SqliteException cause)
        {
            connection.Dispose();
            throw new JournalException(JournalErrors.Sentence(path, cause), cause, JournalErrors.FaultOf(cause));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Configure(SqliteConnection connection, JournalSettings settings)
    {
        // One process at a time, and no shared-memory file beside the journal.
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE;");
        Execute(connection, "PRAGMA journal_mode = WAL;");
        // Every commit is fsynced before it returns: an actor's handler runs only for what survives a power cut.
        Execute(connection, "PRAGMA synchronous = FULL;");
        if (settings.FileBytesMax is not { } bytesMax) return;
        var pages = Math.Max(1, bytesMax / Scalar(connection, "PRAGMA page_size;"));
        Execute(connection, $"PRAGMA max_page_count = {pages};");
    }

    private static void CheckOrCreate(SqliteConnection connection, string path)
    {
        var (application, version) = (Scalar(connection, "PRAGMA application_id;"), Scalar(connection, "PRAGMA user_version;"));
        var isEmpty = Scalar(connection, "SELECT count(*) FROM sqlite_schema;") == 0;
        if (isEmpty && application == 0 && version == 0)
        {
            Create(connection);
            return;
        }
        if (application != ApplicationId)
            throw new JournalException($"The file '{path}' is a SQLite database, but not a journal of CubeActors.", fault: JournalFault.Foreign);
        if (version > SchemaVersion)
            throw new JournalException(
                $"The journal '{path}' has schema version {version}, written by a newer program; "
                + $"this one reads versions up to {SchemaVersion}.", fault: JournalFault.Newer);
        if (version != SchemaVersion) throw new JournalException($"The journal '{path}' has the impossible schema version {version}.", fault: JournalFault.Damaged);
    }

    private static void Create(SqliteConnection connection)
    {
        // In one transaction: a crash leaves an empty file or a whole journal.
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"{Schema} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {SchemaVersion};", transaction);
        transaction.Commit();
    }

    private static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
