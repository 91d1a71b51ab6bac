using Akka.Actor;
using CubeActors.TestKit;
using Microsoft.Data.Sqlite;

namespace CubeActors.Persistence.Tests;

/// <summary>A scenario in virtual time whose journal lies in a directory of its own and works on the test's loop.</summary>
public abstract class JournalTest : ActorTest
{
    private readonly List<SqliteJournal> _open = [];
    private int _actors;

    protected JournalTest()
    {
        FilePath = Path.Combine(Directory.CreateTempSubdirectory("journal-").FullName, "journal.db");
        Witness = CreateTestProbe("witness");
    }

    protected string FilePath { get; }
    protected TestProbe Witness { get; }

    internal static EventRegistry Events => new EventRegistry()
        .Add("word-added", LedgerJson.Default.WordAdded).Add("ledger-state", LedgerJson.Default.LedgerState);

    protected SqliteJournal OpenJournal(string? path = null, JournalSettings? settings = null, EventRegistry? events = null)
    {
        var onLoop = (settings ?? new JournalSettings()) with { Time = Time, RunOn = Loop.Post };
        var journal = SqliteJournal.Open(path ?? FilePath, events ?? Events, onLoop);
        _open.Add(journal);
        return journal;
    }

    /// <summary>A ledger that has recovered; what it told the witness meanwhile was read.</summary>
    internal IActorRef StartLedger(SqliteJournal journal, string id = "a", Ledger.Options? options = null)
    {
        var ledger = SpawnLedger(journal, id, options);
        Witness.FishForMessage<Ledger.Recovered>(r => r.What.StartsWith("completed", StringComparison.Ordinal));
        return ledger;
    }

    internal IActorRef SpawnLedger(SqliteJournal journal, string id = "a", Ledger.Options? options = null) =>
        Sys.ActorOf(Ledger.PropsFor(journal, id, Witness, options), $"ledger-{id}-{++_actors}");

    internal void ExpectWords(IActorRef ledger, string words, long lastSequenceNr)
    {
        ledger.Tell(new Ledger.Get(), TestActor);
        ExpectMsg(Words(words, lastSequenceNr));
    }

    internal static Ledger.Words Words(string words, long lastSequenceNr) =>
        new([.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)], lastSequenceNr);

    internal void Stop(IActorRef actor)
    {
        RunUntilIdle(); // what it was told before has been done
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
    }

    /// <summary>Changes the file behind the journal's back, while no journal has it open.</summary>
    protected void Sql(string sql)
    {
        var file = new SqliteConnectionStringBuilder { DataSource = FilePath, Pooling = false };
        using var connection = new SqliteConnection(file.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (var journal in _open) journal.Dispose();
        Directory.Delete(Path.GetDirectoryName(FilePath)!, recursive: true);
    }
}
