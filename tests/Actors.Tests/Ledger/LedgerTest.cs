using Akka.Actor;
using Akka.Event;
using CubeActors.Persistence;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;
using CubeActors.TestKit;
using CubeActors.TestKit.Work;
using Microsoft.Data.Sqlite;

namespace CubeActors.Actors.Tests;

/// <summary>A ledger and its file in virtual time: a real SQLite file in a directory of its own, written on the test's loop.</summary>
public abstract class LedgerTest : ActorTest
{
    private readonly List<SqliteJournal> _journals = [];
    private readonly List<string> _directories = [];
    private readonly List<string> _warnings = [];
    private int _ids;

    private protected LedgerTest()
    {
        Directory = NewDirectory();
        Threads = new ManualDiskThreads(Loop);
        Sys.EventStream.Subscribe(ActorOf(Props.Create(() => new Listener(_warnings))), typeof(LogEvent));
    }

    private protected static PartitionId Seven { get; } = new(7);

    /// <summary>Where the file is, of the node's own directory.</summary>
    private protected string Directory { get; private set; }
    private protected string FilePath => Path.Combine(Directory, LedgerFile.Name);
    private protected ManualDiskThreads Threads { get; }
    private protected LedgerSettings Settings { get; set; } = new();
    private protected LedgerBoard Board { get; private set; } = null!; // set by Start
    private protected IActorRef Ledger { get; private set; } = ActorRefs.Nobody;

    /// <summary>Bytes that the file may take; null for as many as there are.</summary>
    private protected long? FileBytesMax { get; set; }

    /// <summary>Instead of opening the file; null: it is opened.</summary>
    private protected Exception? OpenFails { get; set; }

    /// <summary>How often the journal was given something to do.</summary>
    private protected int JournalWork { get; private set; }

    /// <summary>Lines of level warning, since the last start.</summary>
    private protected IReadOnlyList<string> Warnings => _warnings;

    /// <summary>A process begins; its disks load and it is registered, unless the test says otherwise.</summary>
    private protected void Start(bool opens = true, bool settles = true)
    {
        _warnings.Clear();
        Board = new LedgerBoard(Settings, Time, new Random(++_ids), Logging.GetLogger(Sys, "ledger"));
        Ledger = Sys.ActorOf(OperationLedger.PropsFor(Board, new LedgerFile(OpenJournal, LinuxFileSystem.Instance, Threads, Directory)));
        if (opens) Ledger.Tell(new OperationLedger.Open(MayCreate: true));
        if (settles) Ledger.Tell(new OperationLedger.Settled());
        RunUntilIdle();
    }

    /// <summary>The process ends in good order.</summary>
    private protected void Stop()
    {
        Ledger.Tell(new OperationLedger.Close(), TestActor);
        ExpectMsg<OperationLedger.Closed>();
        Sys.Stop(Ledger);
        RunUntilIdle();
    }

    /// <summary>kill -9: what comes next finds the file as it is at this moment.</summary>
    private protected void Kill()
    {
        RunUntilIdle();
        var next = NewDirectory();
        foreach (var file in System.IO.Directory.GetFiles(Directory)) File.Copy(file, Path.Combine(next, Path.GetFileName(file)));
        Directory = next;
    }

    /// <summary>What is to be written has been, and its time has come.</summary>
    private protected void Write() => Advance(Settings.ProgressPeriod);

    private protected OperationHandle Begin(OperationKind kind, PartitionId? partition = null, string detail = "") => Board.Begin(kind, Board.NewId(), partition ?? Seven, null, null, detail);

    private protected OperationEntry Of(OperationHandle handle) => Board.Find(handle.Id) ?? throw new InvalidOperationException($"{handle.Id} is not in the ledger");

    private protected IReadOnlyList<OperationEntry> All => Board.List(new OperationFilter(Limit: OperationFilter.LimitMax));

    /// <summary>Changes the file while nobody has it open.</summary>
    private protected void Sql(string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = FilePath, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (var journal in _journals) journal.Dispose();
        foreach (var directory in _directories) System.IO.Directory.Delete(directory, recursive: true);
    }

    private SqliteJournal OpenJournal(string path, EventRegistry events)
    {
        if (OpenFails is { } failure) throw failure;
        var journal = SqliteJournal.Open(path, events, new JournalSettings
        {
            Time = Time,
            FileBytesMax = FileBytesMax,
            RunOn = work =>
            {
                JournalWork++;
                Loop.Post(work);
            },
        });
        _journals.Add(journal);
        return journal;
    }

    private string NewDirectory()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("ledger-").FullName;
        _directories.Add(directory);
        return directory;
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(List<string> warnings) => Receive<Warning>(warning => warnings.Add(warning.Message.ToString()!));
    }
}
