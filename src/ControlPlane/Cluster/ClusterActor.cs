using System.Net;
using Akka.Actor;
using CubeActors.Persistence;

namespace CubeActors.ControlPlane;

/// <summary>What the cluster actor starts for its nodes and its garbage; tests put probes in their place.</summary>
internal sealed record ClusterChildren(Func<string, IPEndPoint, Props> Link, Func<IActorRef, Props> Garbage);

/// <summary>The master: one mailbox that decides, one journal that remembers, one <see cref="DataNodeLink"/> a node.</summary>
/// <remarks>Nothing is answered before it is durable, and nothing is told to a node before the reason for it is.</remarks>
internal sealed partial class ClusterActor : ReceivePersistentActor, IWithTimers
{
    /// <summary>Events between two snapshots at least; more if the state is larger, so that their cost stays proportional.</summary>
    private const int SnapshotEventsMin = 1000;

    private sealed record Sweep;

    private readonly MasterOptions _options;
    private readonly ClusterChildren _children;
    private readonly LiveView _live;
    private ClusterState _state = new();
    private IActorRef _garbage = ActorRefs.Nobody;
    private long _eventsSinceSnapshot;
    private bool _snapshotting;

    public ClusterActor(SqliteJournal journal, MasterOptions options, ClusterChildren children) : base(journal)
    {
        (_options, _children) = (options, children);
        _live = new LiveView(options.Liveness);
        Recover<SnapshotOffer>(offer => _state = ClusterState.From((ClusterSnapshot)offer.Snapshot));
        Recover<ClusterEvent>(happened =>
        {
            _state.Apply(happened);
            _eventsSinceSnapshot++;
        });
        Recover<RecoveryCompleted>(_ => Begin());
        Command<AwaitRecovered>(asked => Sender.Tell(asked));
        Command<Sweep>(_ => SweepAll());
        Command<SaveSnapshotSuccess>(saved =>
        {
            _snapshotting = false;
            DeleteMessages(saved.Metadata.SequenceNr);
            DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
        });
        Command<SaveSnapshotFailure>(failed =>
        {
            _snapshotting = false;
            Log.SnapshotFailed(failed.Cause);
        });
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteSnapshotsSuccess>(_ => { });
        // What could not be deleted is deleted together with the next: nothing is lost but room.
        Command<DeleteMessagesFailure>(failed => Log.SnapshotFailed(failed.Cause));
        Command<DeleteSnapshotsFailure>(failed => Log.SnapshotFailed(failed.Cause));
        AddNodeCommands();
        AddVolumeCommands();
        AddRemovalCommands();
        AddObjectCommands();
    }

    public override string PersistenceId => "master";
    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _options.Time.GetUtcNow();

    public static Props PropsFor(SqliteJournal journal, MasterOptions options, ClusterChildren children) =>
        Props.Create(() => new ClusterActor(journal, options, children));

    protected override void OnRecoveryFailure(Exception reason, object? message)
    {
        base.OnRecoveryFailure(reason, message);
        Context.Parent.Tell(new ClusterFailed(reason));
    }

    protected override void OnPersistFailure(Exception cause, object happened, long sequenceNr)
    {
        base.OnPersistFailure(cause, happened, sequenceNr);
        Context.Parent.Tell(new ClusterFailed(cause));
    }

    private void Begin()
    {
        if (_state.Cluster is { } cluster && cluster.Name != _options.ClusterName)
            throw new InvalidOperationException(
                $"the state in {_options.DataDirectory} belongs to cluster {cluster.Name}, not to {_options.ClusterName}: set the name back, or use another directory");
        if (_state.Cluster is null) Persist(new ClusterFormed(_options.ClusterName, Now), formed => _state.Apply(formed));
        else Log.Recovered(_state);
        _garbage = Context.ActorOf(_children.Garbage(Self), "garbage");
        foreach (var node in _state.Nodes) StartLink(node);
        foreach (var put in _state.Objects.Puts) _leases[put.Id] = Now + Protocol.Objects.ObjectRules.IntentLease; // nobody could renew it meanwhile
        Timers.StartPeriodicTimer(nameof(Sweep), new Sweep(), _options.SweepPeriod);
        ResumeVolumes();
        RemoveDropped();
    }

    private void SweepAll()
    {
        NoteSilentNodes();
        NotePartitionStatus();
        RemoveDropped();
        ExpirePuts();
    }

    /// <summary>Makes the events durable and applies them, then goes on; at once if there are none.</summary>
    private void Remember(IReadOnlyList<ClusterEvent> events, Action then)
    {
        if (events.Count == 0)
        {
            then();
            return;
        }

        var left = events.Count;
        PersistAll(events, happened =>
        {
            _state.Apply(happened);
            _eventsSinceSnapshot++;
            if (--left > 0) return;
            then();
            MaybeSnapshot();
        });
    }

    private void Remember(ClusterEvent happened, Action then) => Remember([happened], then);

    private void MaybeSnapshot()
    {
        if (_snapshotting || _eventsSinceSnapshot < Math.Max(SnapshotEventsMin, _state.Count)) return;
        _eventsSinceSnapshot = 0;
        try
        {
            SaveSnapshot(_state.ToSnapshot());
            _snapshotting = true;
        }
        catch (ArgumentException tooLarge) // the events go on to hold everything
        {
            Log.SnapshotFailed(tooLarge);
        }
    }
}
