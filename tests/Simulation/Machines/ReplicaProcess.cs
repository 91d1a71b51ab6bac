using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Simulation;

/// <summary>One replica from its start to its end: the real core, log, log writer, applier, state machine and extents in a shell without actors.</summary>
/// <remarks>
/// The shell keeps the order of <c>RaftGroup</c>: inputs wait in a queue and are taken in turns; effects are performed in order; what depends
/// on a write waits for it. Nothing happens by itself: the world lets the clock, the disk and the turns go on.
/// </remarks>
internal sealed partial class ReplicaProcess : IRaftLogListener, IApplierOwner
{
    private readonly Machine _machine;
    private readonly RaftWorld _world;
    private readonly Queue<Action> _inbox = new();
    private readonly RaftLogWriter _writer;
    private readonly GroupLog _log;
    private readonly Applier _applier;
    private readonly ExtentStore _store;
    private bool _isRejoining;

    public ReplicaProcess(Machine machine, RaftWorld world, Random random)
    {
        (_machine, _world) = (machine, world);
        Clock.MoveTo(world.Time);
        using var root = DiskRoot.Open(machine.Files, Machine.DiskPath, machine.BootId, "simulation");
        var isDirty = root.Verdict == BootVerdict.DirtyBoot;
        var meta = PartitionMeta.Load(machine.Files, machine.Directory) ?? throw new InvalidOperationException("a partition without META");
        var applied = ApplyFile.Load(machine.Files, machine.Directory);
        _store = ExtentStore.Open(machine.Files, machine.Directory, new ExtentStoreSettings(Clock) { BlockCrcsAreHints = root.BlockCrcsAreHints });
        State = new StateMachine(_store, new ReplicaRecord(machine.Files, machine.Directory, meta), applied);
        var settings = new RaftLogSettings(Clock) { UnsyncedMayBeLost = isDirty || root.Verdict == BootVerdict.Unknown, MustCatchUp = isDirty && world.Plan.Mutation != Mutation.TailTrusted, FileBytesMax = world.Plan.LogFileBytesMax };
        Log = RaftLog.Open(machine.Files, machine.LogDirectory, settings, applied, world.Shop.Staging);
        root.SettleBoot();
        var report = Log.Report;
        State.Install(report.Truncated.Index);
        LoadMirror(report);
        Boot = new RaftBoot
        {
            Group = Machine.Group,
            Self = machine.Id,
            State = report.HardState,
            Truncated = report.Truncated,
            Runs = report.Terms,
            LastIndex = report.Last.Index,
            Applied = report.Applied,
            Members = [.. meta.Peers.Select(peer => peer.Id)],
            MembershipEntries = [.. _mirror.Where(entry => entry.Header.Type == RaftEntryType.Membership && entry.Index > report.Applied).Select(entry => entry.Index)],
            MayHaveLost = report.Loss != RaftLogLoss.None && world.Plan.Mutation is not (Mutation.TailTrusted or Mutation.LossForgotten) || (isDirty && world.Plan.Mutation != Mutation.TailTrusted),
        };
        Core = new RaftCore(Boot, world.Plan.Raft, random) { LacksAddresses = ReplicaRecord.LacksAddresses(meta) };
        _writer = new RaftLogWriter(Writes, Syncs, Clock, new RaftLogWriterSettings { Durability = world.Plan.Durability, SyncInterval = world.Plan.SyncInterval }, world.Shop.Staging);
        _log = _writer.Attach(Log, this);
        State.SyncLog = _log.SyncWritten;
        _applier = new Applier(State, Log, new StoreUsage(), Disk, world.Shop.Buffers, this);
        _handedOver = Core.Applied;
        _isRejoining = Core.IsRejoining;
    }

    public NodeId Id => _machine.Id;
    public Machine Machine => _machine;
    public VirtualClock Clock { get; } = new();
    public HandQueue Writes { get; } = new();
    public HandQueue Syncs { get; } = new();
    public HandQueue Disk { get; } = new();
    public RaftBoot Boot { get; }
    public RaftCore Core { get; }
    public RaftLog Log { get; }
    public StateMachine State { get; }
    public ExtentStore Store => _store;
    public int Waiting => _inbox.Count;
    public bool Leads { get; private set; }
    public IReadOnlyList<NodeId> Members => [.. Core.Members.Select(member => member.Member)];

    /// <summary>Another process on this disk would have to catch up with a leader.</summary>
    public bool RemembersLoss => _machine.Files.Stat($"{_machine.LogDirectory}/{RaftLog.LossMarkName}") is not null;

    /// <summary>Nothing is on its way inside of this replica.</summary>
    public bool IsIdle => _inbox.Count == 0 && Writes.Count == 0 && Disk.Count == 0 && _installing is null && _postponed.Count == 0;

    /// <summary>Queues an input for a turn.</summary>
    public void Post(Action input) => _inbox.Enqueue(input);

    public void Start()
    {
        Core.Start(_effects);
        Perform();
        Publish();
    }

    /// <summary>Takes what waits, up to <paramref name="max"/> inputs.</summary>
    public void Turn(int max)
    {
        ContinueInstall();
        PerformPostponed();
        while (max-- > 0 && _inbox.TryDequeue(out var input))
        {
            input();
            Perform();
        }
        _applier.Start();
        Publish();
        if (!_isRejoining || Core.IsRejoining) return;
        _isRejoining = false;
        _log.CaughtUp();
    }

    public void Tick()
    {
        if (_wasRead) Core.KeepLease();
        _wasRead = false;
        if (Leads)
        {
            foreach (var member in Core.Members)
                if (member.Member != Id) _world.Send(this, new RaftMessage { Type = RaftMessageType.Heartbeat, From = Id, To = member.Member });
        }
        Core.Tick(_effects);
        _tickTimes[Core.Ticks % (ulong)_tickTimes.Length] = _world.Now;
        _applier.Retry();
        Perform();
        Publish();
    }

    /// <summary>A message arrives. A heartbeat is answered at once, as the node around the groups does it.</summary>
    public void Deliver(Envelope envelope)
    {
        if (envelope.Message.Type == RaftMessageType.Heartbeat)
            _world.Send(this, new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Id, To = envelope.From });
        if (_inbox.Count < 200) Post(() => Step(envelope));
        else envelope.Stream?.End(false);
    }

    public void SnapshotEnded(NodeId to, ulong term, bool accepted) => Post(() => Core.SnapshotEnded(to, term, accepted, _effects));

    public void Campaign(bool forced) => Post(() => Core.Campaign(forced, _effects));

    public void StepDown() => Post(() => Core.StepDown(_effects));

    /// <summary>As <c>AppliedIdKeeper</c> does it.</summary>
    public void Truncate()
    {
        var meta = State.Record.Meta;
        if (State.LeastApplied <= meta.LastTruncateId) return;
        State.Save();
        var upTo = Math.Min(State.LeastApplied, State.DurableApplied);
        State.Record.Change(now => now with { LastTruncateId = upTo, ApplyId = State.DurableApplied });
        Post(() => Core.Compact(upTo, _effects));
    }

    /// <summary>At rest: the files hold what the memory says.</summary>
    public void CheckFiles()
    {
        var stored = ReadLog(_mirrorFirst, MirrorLast);
        Broken.Unless(stored.Count == _mirror.Count, $"{Id}: {stored.Count} entries in files, {_mirror.Count} ordered");
        for (var i = 0; i < stored.Count; i++) Broken.Unless(stored[i].Is(_mirror[i]), $"{Id}: entry {stored[i].Header} in files, {_mirror[i].Header} ordered");
        Broken.Unless(ApplyFile.Load(_machine.Files, _machine.Directory) is var applied && (applied == 0 || applied >= Log.Truncated.Index), $"{Id}: APPLY {applied}, truncated {Log.Truncated}");
    }

    private void Step(Envelope envelope)
    {
        if (envelope.Message.Type == RaftMessageType.Snapshot)
        {
            TakeSnapshot(envelope);
            return;
        }
        if (envelope.Entries.Length == 0)
        {
            Core.Step(envelope.Message, default, _effects);
            return;
        }
        var headers = new RaftEntryHeader[envelope.Entries.Length];
        for (var i = 0; i < headers.Length; i++) headers[i] = envelope.Entries[i].Header;
        _source = envelope.Entries;
        Core.Step(envelope.Message, headers, _effects);
        Perform();
        _source = [];
    }

    // What the log's writer and the applier say: taken in a later turn, like everything else.

    void IRaftLogListener.Saved(long sequence) => Post(() => LogSaved(sequence));

    void IRaftLogListener.Failed(Exception failure)
    {
        if (failure is SimulatedCrashException) return; // the process is dead, and the writer says so at the end of its round
        throw new InvalidOperationException($"the log of node {Id} failed: {failure.Message}", failure);
    }

    void IRaftLogListener.Closed() { }

    void IApplierOwner.AppliedTo(ulong index) => Post(() => Core.AppliedTo(index, _effects));

    void IApplierOwner.CommandEnded(IProposal proposal, ProposalOutcome outcome) => proposal.ProposalEnded(outcome);

    void IApplierOwner.MembershipReached(ulong index, MembershipChange change) => Post(() =>
    {
        Core.ChangeMembers(index, change, _effects);
        Perform();
        if (change.Action == MembershipAction.Add && !_world.IsKnown(change.Member)) _world.Added(change.Member, index);
        _applier.MembershipInEffect();
    });

    void IApplierOwner.MetaChanged(PartitionMeta meta) => Post(() => Core.LacksAddresses = ReplicaRecord.LacksAddresses(meta));

    void IApplierOwner.Note(string sentence) => throw new InvalidOperationException($"node {Id} ignores something: {sentence}");

    void IApplierOwner.ApplyFailed(Exception cause) => throw new InvalidOperationException($"node {Id} cannot apply: {cause.Message}", cause);
}
