using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace CubeActors.Persistence;

/// <summary>
/// Events and snapshots of any number of actors in one SQLite file. All work is done by one writer, which puts the writes that wait
/// for it into one transaction: many actors share one fsync.
/// </summary>
/// <remarks>
/// Thread-safe. An answer promises durability: write-ahead log and synchronous=FULL. Requests run in the order they were made, so a
/// restarted actor reads all that its predecessor had under way. One process at a time; passed to actors by their constructor.
/// </remarks>
public sealed class SqliteJournal : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly JournalTables _tables;
    private readonly JournalSettings _settings;
    private readonly BlockingCollection<JournalRequest> _queue;
    private readonly Thread? _thread;
    private int _scheduled; // 1: a drain is on its way (RunOn only)
    private int _disposed;

    private SqliteJournal(SqliteConnection connection, string path, EventRegistry events, JournalSettings settings)
    {
        (_connection, Path, Events, _settings) = (connection, path, events, settings);
        _tables = new JournalTables(connection, settings, path);
        _queue = new BlockingCollection<JournalRequest>(new ConcurrentQueue<JournalRequest>(), settings.QueuedRequestsMax);
        if (settings.RunOn is not null) return;
        _thread = new Thread(RunThread) { Name = $"journal {System.IO.Path.GetFileName(path)}", IsBackground = true };
        _thread.Start();
    }

    public string Path { get; }
    internal EventRegistry Events { get; }

    /// <summary>Transactions of writes that succeeded.</summary>
    internal long Commits { get; private set; }

    /// <summary>To the millisecond, as it is stored.</summary>
    internal DateTime UtcNow => DateTime.UnixEpoch.AddMilliseconds(_settings.Time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Opens the journal, or creates an empty one in an existing directory. Reads the disk: not for an actor's thread.</summary>
    /// <exception cref="JournalException">The file cannot be opened, is damaged, in use, foreign, or newer than this program.</exception>
    public static SqliteJournal Open(string path, EventRegistry events, JournalSettings? settings = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(events);
        var valid = (settings ?? new JournalSettings()).Checked();
        return new SqliteJournal(JournalFile.Open(path, valid), path, events, valid);
    }

    /// <summary>Performs what was accepted, answers it, and closes the file. Blocks as long as that takes.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _queue.CompleteAdding();
        if (_thread is null) PerformAll();
        else _thread.Join();
        _tables.Dispose();
        _connection.Dispose();
        _queue.Dispose();
    }

    /// <summary>A setting of the open file, for tests on one thread.</summary>
    internal object? Pragma(string name)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"PRAGMA {name}";
        return command.ExecuteScalar();
    }

    /// <returns>Null if accepted; otherwise why not: the queue is full or the journal closed. A refused request gets no answer.</returns>
    internal JournalException? TryEnqueue(JournalRequest request)
    {
        try
        {
            if (!_queue.TryAdd(request))
                return new JournalException($"The journal '{Path}' has {_settings.QueuedRequestsMax} requests waiting and takes no more.");
        }
        catch (Exception cause) when (cause is InvalidOperationException or ObjectDisposedException)
        {
            return new JournalException($"The journal '{Path}' is closed.", cause);
        }
        if (_settings.RunOn is { } runOn && Interlocked.Exchange(ref _scheduled, 1) == 0) runOn(Drain);
        return null;
    }

    private void RunThread()
    {
        var batch = new List<JournalRequest>();
        foreach (var first in _queue.GetConsumingEnumerable()) Perform(first, batch);
    }

    private void Drain()
    {
        Volatile.Write(ref _scheduled, 0); // before looking: a request that comes now schedules the next drain
        if (Volatile.Read(ref _disposed) == 0) PerformAll(); // Dispose has performed what was left
    }

    private void PerformAll()
    {
        var batch = new List<JournalRequest>();
        while (_queue.TryTake(out var first)) Perform(first, batch);
    }

    private void Perform(JournalRequest first, List<JournalRequest> batch)
    {
        batch.Clear();
        batch.Add(first);
        while (batch.Count < _settings.GroupWritesMax && _queue.TryTake(out var next)) batch.Add(next);
        for (var from = 0; from < batch.Count;)
        {
            var to = from;
            while (to < batch.Count && batch[to] is JournalWrite) to++;
            if (to > from) Commit(batch.GetRange(from, to - from).ConvertAll(r => (JournalWrite)r));
            // A read runs by itself, after the commit of what stands before it: it must never see what could still be undone.
            if (to < batch.Count) AnswerRead(batch[to++]);
            from = to;
        }
    }

    private void Commit(List<JournalWrite> group)
    {
        var answers = new List<object>(group.Count);
        try
        {
            using var transaction = _connection.BeginTransaction();
            foreach (var write in group) answers.Add(Apply(write, transaction));
            transaction.Commit();
            Commits++;
        }
        catch (Exception cause)
        {
            // Whatever it was, nothing of the group is promised, and each actor learns why.
            var failure = Describe(cause);
            foreach (var write in group) write.Answer(write.Failed(failure));
            return;
        }
        for (var i = 0; i < group.Count; i++) group[i].Answer(answers[i]);
    }

    private object Apply(JournalWrite write, SqliteTransaction transaction)
    {
        const string Savepoint = "one";
        transaction.Save(Savepoint);
        try
        {
            _tables.Apply(write, transaction);
            transaction.Release(Savepoint);
            return write.Succeeded();
        }
        catch (SqliteException cause) when (JournalErrors.IsOneRequestsFault(cause))
        {
            // One actor's mistake (two actors with one id) does not fail the others that share the transaction.
            transaction.Rollback(Savepoint);
            transaction.Release(Savepoint);
            return write.Failed(Describe(cause));
        }
    }

    private void AnswerRead(JournalRequest request)
    {
        object answer;
        try
        {
            answer = request switch
            {
                ReadSnapshot read => _tables.Read(read),
                ReadEvents read => _tables.Read(read),
                _ => throw new InvalidOperationException($"{request.GetType()} is no read of the journal."),
            };
        }
        catch (Exception cause)
        {
            answer = request.Failed(Describe(cause));
        }
        request.Answer(answer);
    }

    private JournalException Describe(Exception cause) => cause switch
    {
        JournalException known => known,
        SqliteException sqlite => new JournalException(JournalErrors.Sentence(Path, sqlite), sqlite, JournalErrors.FaultOf(sqlite)),
        _ => new JournalException($"The journal '{Path}' failed ({cause.GetType().Name}: {cause.Message}).", cause),
    };
}
