using Akka.Actor;
using CubeActors.Persistence;

namespace CubeActors.Actors;

/// <summary>The ledger's events in one open journal. Ends with the first write that fails; its parent opens the file anew.</summary>
internal sealed class LedgerStore : ReceivePersistentActor
{
    /// <summary>To be written, all or none; answered with <see cref="Saved"/>.</summary>
    public sealed record Save(LedgerContent Changes);

    /// <summary>All that the file should hold: takes the place of what it holds. Answered with <see cref="Saved"/>.</summary>
    public sealed record SaveAll(LedgerContent Content);

    /// <param name="Events">In the file since the last <see cref="SaveAll"/>.</param>
    public sealed record Saved(long Events);

    /// <summary>What the file holds. Told to the parent once, before anything else.</summary>
    public sealed record Recovered(LedgerContent Content, long Events);

    /// <summary>The file cannot be read or written. Told to the parent; the actor ends.</summary>
    public sealed record Failed(Exception Cause);

    /// <summary>A disk that has not answered for so long is given up, and tried again by the parent: everything goes on in memory meanwhile.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DateTimeOffset _startedAt = ActorRecords.Of(Context.System).Now;
    private LedgerReplay? _replay = new();
    private long _events;

    public LedgerStore(SqliteJournal journal)
        : base(journal)
    {
        Recover<SnapshotOffer>(offer => _replay!.Take((LedgerSnapshot)offer.Snapshot));
        Recover<SavedOperation>(operation => Replay(() => _replay!.Take(operation)));
        Recover<SavedAlert>(alert => Replay(() => _replay!.Take(alert)));
        Recover<RecoveryCompleted>(_ =>
        {
            Context.Parent.Tell(new Recovered(_replay!.Content, _events));
            _replay = null;
        });
        Command<Save>(save => Write(save.Changes));
        Command<SaveAll>(all => SaveSnapshot(new LedgerSnapshot([.. all.Content.Entries.Select(SavedOperation.From)], [.. all.Content.Alerts.Select(SavedAlert.From)])));
        Command<SaveSnapshotSuccess>(saved =>
        {
            _events = LastSequenceNr - saved.Metadata.SequenceNr;
            DeleteMessages(saved.Metadata.SequenceNr);
            DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
            Context.Parent.Tell(new Saved(_events));
        });
        Command<SaveSnapshotFailure>(failed => Fail(failed.Cause));
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteSnapshotsSuccess>(_ => { });
        // What could not be deleted is deleted together with the next: nothing is lost but room.
        Command<DeleteMessagesFailure>(_ => { });
        Command<DeleteSnapshotsFailure>(_ => { });
    }

    public override string PersistenceId => LedgerFormat.PersistenceId;

    protected override TimeSpan JournalTimeout => Patience;

    public static Props PropsFor(SqliteJournal journal) => Props.Create(() => new LedgerStore(journal));

    /// <summary>Asked what it does, it says so also while it waits for its file.</summary>
    protected override bool AroundReceive(Receive receive, object message) => message is DescribeYourself
        ? ReportingActor.Answer(Context, _startedAt, () => ReportingActor.Say("ledger file", _replay is not null ? "reading" : "open", ("events since the last snapshot", _events)))
        : base.AroundReceive(receive, message);

    protected override void OnPersistFailure(Exception cause, object happened, long sequenceNr) => Context.Parent.Tell(new Failed(cause));

    protected override void OnPersistRejected(Exception cause, object happened, long sequenceNr) => Fail(cause);

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Context.Parent.Tell(new Failed(reason));

    private void Replay(Action take)
    {
        _events++;
        take();
    }

    private void Write(LedgerContent changes)
    {
        object[] events = [.. changes.Entries.Select(SavedOperation.From), .. changes.Alerts.Select(SavedAlert.From)];
        var left = events.Length;
        if (left == 0)
        {
            Context.Parent.Tell(new Saved(_events));
            return;
        }

        PersistAll(events, _ =>
        {
            _events++;
            if (--left == 0) Context.Parent.Tell(new Saved(_events));
        });
    }

    private void Fail(Exception cause)
    {
        Context.Parent.Tell(new Failed(cause));
        Context.Stop(Self);
    }
}
