using Akka.Actor;
using Akka.Event;
using CubeActors.Persistence;

namespace CubeActors.Actors;

/// <summary>Keeps the ledger over a restart, and looks for operations that do not move.</summary>
/// <remarks>
/// The ledger itself is the <see cref="LedgerBoard"/>, in memory: this writes what changed to the file, many changes with one sync, and one batch at a time, so that a
/// disk that is slow costs nobody but the file. A file that cannot be read or written hurts nothing: it is said once, with what to do, and tried again; when it works
/// again, it is written anew as a whole. Without a file it only looks.
/// </remarks>
internal sealed class OperationLedger : ReportingActor, IWithTimers
{
    /// <summary>Disks and masters are heard: the file of an earlier run may be opened.</summary>
    /// <param name="MayCreate">The directory is known to be this node's and this cluster's, so that there may be a new one.</param>
    public sealed record Open(bool MayCreate);

    /// <summary>All disks have loaded what they hold: what has not been resumed by now will not be.</summary>
    public sealed record Settled;

    /// <summary>Write what is to be written, and close the file. Answered with <see cref="Closed"/>.</summary>
    public sealed record Close;

    public sealed record Closed;

    private sealed record Changed;

    private sealed record Look;

    private sealed record Retry;

    private sealed record FileOpened(SqliteJournal? Journal);

    private sealed record FileFailed(Exception Cause);

    private sealed record FileSetAside(Exception Cause);

    private sealed record FileClosed(string? Problem);

    /// <summary>Entries of one write: far more than begin and end within a write of a good disk.</summary>
    private const int EntriesPerWrite = 256;

    /// <summary>Events between two snapshots at least; more if the ledger is larger, so that their cost stays proportional.</summary>
    private const int SnapshotEventsMin = 1000;

    private readonly LedgerBoard _board;
    private readonly LedgerFile? _file;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _store = ActorRefs.Nobody;
    private SqliteJournal? _journal;
    private bool _isOpening; // or closing: the file is in the hands of its thread
    private bool _isReady; // the store has recovered
    private bool _isWriting;
    private bool _hasSetAside; // since the file last worked: a new one that is damaged at once is no accident
    private long _events;
    private string _told = ""; // the problem that was said last
    private IActorRef? _closing;

    public OperationLedger(LedgerBoard board, LedgerFile? file)
    {
        (_board, _file) = (board, file);
        Receive<Changed>(_ => Attend(isTime: false));
        Receive<Look>(_ =>
        {
            _board.Look();
            Attend(isTime: true);
        });
        Receive<Open>(open =>
        {
            if (_file is null) return;
            (_file.IsWanted, _file.MayCreate) = (true, _file.MayCreate || open.MayCreate);
            OpenFile();
        });
        Receive<Retry>(_ => OpenFile());
        Receive<Settled>(_ => _board.Settle());
        Receive<FileOpened>(TakeFile);
        Receive<FileFailed>(failed =>
        {
            _isOpening = false;
            Fail(failed.Cause);
        });
        Receive<FileSetAside>(aside =>
        {
            _isOpening = false;
            LedgerLog.FileSetAside(_log, aside.Cause.Message, _file!.AsidePath);
            OpenFile();
        });
        Receive<FileClosed>(closed =>
        {
            _isOpening = false;
            if (closed.Problem is { } problem) Tell(problem, "");
            if (_closing is not null) AnswerClose();
        });
        Receive<LedgerStore.Recovered>(TakeOver, recovered => IsStore());
        Receive<LedgerStore.Saved>(Take, saved => IsStore());
        Receive<LedgerStore.Failed>(failed => Lose(failed.Cause), failed => IsStore());
        Receive<Terminated>(ended =>
        {
            if (ended.ActorRef.Equals(_store)) Lose(new JournalException($"The writer of {_file!.Path} ended by a fault; see the log."));
        });
        Receive<Close>(_ =>
        {
            _closing = Sender;
            Timers.CancelAll();
            CloseNext();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override ActorState Describe() => Say(
        "ledger", _closing is not null ? "closing" : _file is null ? "in memory" : _isWriting ? "writing" : _isReady ? "waiting" : _isOpening ? "opening" : "without its file", ("file", _file?.Path),
        ("events since the last snapshot", _events), ("problem", _told));

    /// <param name="file">Null: nothing is kept over a restart.</param>
    public static Props PropsFor(LedgerBoard board, LedgerFile? file) => Props.Create(() => new OperationLedger(board, file));

    protected override void PreStart()
    {
        var self = Self;
        _board.Open(() => self.Tell(new Changed(), ActorRefs.NoSender));
        if (_file is { IsWanted: true }) OpenFile(); // started anew
    }

    protected override void PostStop()
    {
        if (_journal is { } journal) _file!.CloseAsync(journal); // the answer is of no use to anybody any more
        _journal = null;
    }

    /// <summary>The store is no more after its first failure; its parent decides when there is another one.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Supervise(cause =>
    {
        Log.Broken(_log, "the writer of the ledger", cause);
        return Directive.Stop;
    });

    private bool IsStore() => Sender.Equals(_store);

    /// <summary>Writes what is to be written, and sees to it that somebody looks as long as something is under way.</summary>
    private void Attend(bool isTime)
    {
        var isBusy = _board.Attend();
        Flush(isTime);
        if (isBusy && _closing is null && !Timers.IsTimerActive(nameof(Look))) Timers.StartSingleTimer(nameof(Look), new Look(), _board.Settings.ProgressPeriod);
    }

    private void Flush(bool isTime)
    {
        if (!_isReady || _isWriting) return;
        var changes = _board.TakeChanges(isTime, EntriesPerWrite);
        if (changes.IsEmpty) return;
        _isWriting = true;
        _store.Tell(new LedgerStore.Save(changes));
    }

    private void OpenFile()
    {
        if (_file is not { } file || _isOpening || _journal is not null || _closing is not null) return;
        _isOpening = true;
        Timers.Cancel(nameof(Retry));
        file.OpenAsync().PipeTo(Self, success: journal => new FileOpened(journal), failure: cause => new FileFailed(cause));
    }

    private void TakeFile(FileOpened opened)
    {
        _isOpening = false;
        if (opened.Journal is null) return; // none is there yet; it is made once the node is registered
        _journal = opened.Journal;
        if (_closing is not null)
        {
            CloseNext();
            return;
        }

        (_isReady, _isWriting) = (false, false);
        _store = Context.Watch(Context.ActorOf(LedgerStore.PropsFor(opened.Journal)));
    }

    private void TakeOver(LedgerStore.Recovered recovered)
    {
        _isReady = true;
        _events = recovered.Events;
        if (_board.TakeOver(recovered.Content))
        {
            LedgerLog.FileOpened(_log, _file!.Path, recovered.Content.Entries.Count);
            Works();
            Attend(isTime: true);
        }
        else
        {
            SaveAll(); // it was not written for a while: what is in it is not what is
        }

        if (_closing is not null) CloseNext();
    }

    private void SaveAll()
    {
        (_isWriting, _events) = (true, 0);
        _store.Tell(new LedgerStore.SaveAll(_board.TakeAll()));
    }

    private void Take(LedgerStore.Saved saved)
    {
        _isWriting = false;
        _events = saved.Events;
        Works();
        if (_events >= Math.Max(SnapshotEventsMin, _board.Figures.Ended)) SaveAll();
        else Attend(isTime: false);
        if (_closing is not null) CloseNext();
    }

    private void Works()
    {
        _hasSetAside = false;
        _board.ReportFile(isKept: true, "");
        if (_told.Length > 0) LedgerLog.FileWorks(_log, _file!.Path);
        _told = "";
    }

    /// <summary>The file that was open is not usable any more.</summary>
    private void Lose(Exception cause)
    {
        Context.Unwatch(_store);
        Context.Stop(_store);
        (_store, _isReady, _isWriting) = (ActorRefs.Nobody, false, false);
        var (file, journal) = (_file!, _journal);
        _journal = null;
        if (journal is null)
        {
            Fail(cause);
            return;
        }

        _isOpening = true;
        // What it has still to do fails as well; then the file is free.
        file.CloseAsync(journal).PipeTo(Self, success: _ => new FileFailed(cause), failure: _ => new FileFailed(cause));
    }

    private void Fail(Exception cause)
    {
        _board.ReportFile(isKept: false, cause.Message);
        if (_closing is not null)
        {
            AnswerClose();
            return;
        }

        if (cause is JournalException { Fault: JournalFault.Damaged } && !_hasSetAside)
        {
            (_hasSetAside, _isOpening) = (true, true);
            _file!.SetAsideAsync().PipeTo(Self, success: _ => new FileSetAside(cause), failure: problem => new FileFailed(problem));
            return;
        }

        Tell(cause.Message, cause is JournalException { Fault: JournalFault.Newer or JournalFault.Foreign }
            ? "Run the program that wrote it, or move the file away: nothing but the history of operations is in it."
            : $"Make room, or see to the directory; it is tried again every {_board.Settings.RetryPeriod.TotalSeconds:0} s.");
        Timers.StartSingleTimer(nameof(Retry), new Retry(), _board.Settings.RetryPeriod);
    }

    /// <summary>Once, until it is another problem or none.</summary>
    private void Tell(string problem, string remedy)
    {
        if (_told == problem) return;
        _told = problem;
        LedgerLog.FileFailed(_log, problem, remedy);
    }

    /// <summary>Goes on with the close, as far as that is possible now.</summary>
    private void CloseNext()
    {
        if (_isOpening || _isWriting) return; // comes again with the answer
        if (_isReady)
        {
            Flush(isTime: true);
            if (_isWriting) return;
        }

        if (_journal is not { } journal)
        {
            AnswerClose();
            return;
        }

        if (!_store.IsNobody())
        {
            Context.Unwatch(_store);
            Context.Stop(_store);
        }

        (_store, _isReady, _journal, _isOpening) = (ActorRefs.Nobody, false, null, true);
        _file!.CloseAsync(journal).PipeTo(Self, success: _ => new FileClosed(null), failure: cause => new FileClosed(cause.Message));
    }

    private void AnswerClose()
    {
        _board.ReportFile(isKept: false, "");
        _closing!.Tell(new Closed());
    }
}
