using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using Directive = Akka.Actor.Directive;

namespace CubeActors.Actors;

// The raft log and the group on it.
internal sealed partial class PartitionActor
{
    /// <summary>Who this replica is in its group, if it may take part: one that is being filled, that met errors of its disk, or of which this node is no peer, does not.</summary>
    private static NodeId? SelfIn(PartitionMeta meta, PartitionContext context)
    {
        if (meta.IsBeingRebuilt || meta.DiskErrorCount > 0) return null;
        var address = context.NodeAddress();
        if (meta.Peers.FirstOrDefault(peer => peer.Address == address) is not { Id.Value: > 0 } self) return null;
        if (context.NodeId() is { Value: > 0 } known && self.Id != known) return null; // the node was registered anew: who META means is gone
        return self.Id;
    }

    private RaftGroupPort NewPort(NodeId self) => new(_partition, self, _context.Raft.Groups, _context.Raft.Time);

    /// <summary>Opens the raft log, if this node is known to be one of the partition's peers. The group follows.</summary>
    private bool TryJoin()
    {
        if (_port is not null || SelfIn(_meta!, _context) is not { } self) return false;
        _port = NewPort(self);
        var (context, machine, handover) = (_context, _machine!, _openedLog);
        // Whatever keeps the log shut keeps the replica out: nothing else would tell the disk that this one is settled.
        _context.Threads.RunAsync(() => OpenLog(context, machine, self, handover), IoClass.Load).PipeTo(Self, failure: cause => new LogUnusable(cause.Message));
        return true;
    }

    private static LogReady OpenLog(PartitionContext context, StateMachine machine, NodeId self, Handover<LogOpened> handover)
    {
        var opened = OpenLog(context, machine, self);
        if (!handover.TryGive(opened)) opened.Log.Dispose();
        return new LogReady();
    }

    private static LogOpened OpenLog(PartitionContext context, StateMachine machine, NodeId self)
    {
        var meta = machine.Record.Meta;
        var mayHaveLost = context.Root.Verdict == BootVerdict.DirtyBoot;
        var settings = new RaftLogSettings(context.Raft.Time) { UnsyncedMayBeLost = mayHaveLost || context.Root.Verdict == BootVerdict.Unknown, MustCatchUp = mayHaveLost, FoundIsDurable = context.StoreSettings.FoundIsDurable };
        var directory = $"{machine.Record.Directory}/{RaftLog.DirectoryName(meta.Partition)}";
        var log = RaftLog.Open(context.Files, directory, settings, machine.Applied, new RaftLogStaging(HealingBytes));
        try
        {
            // Killed in the middle of a snapshot, or a Go node had its log: what the log does not hold any more counts as applied. Before the extents are
            // open it is not written down: the next start reads the same from the log.
            machine.Install(log.Report.Truncated.Index);
            return Boot(log, meta, self, mayHaveLost);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>What a log writes when it is opened, after a crash, is an index of 20 bytes an entry: small pieces, for which a writer's megabyte a
    /// partition would be a waste.</summary>
    private const int HealingBytes = 64 * 1024;

    private static LogOpened Boot(RaftLog log, PartitionMeta meta, NodeId self, bool mayHaveLost)
    {
        var report = log.Report;
        return new LogOpened(log, new RaftBoot
        {
            Group = meta.Partition,
            Self = self,
            State = report.HardState,
            Truncated = report.Truncated,
            Runs = report.Terms,
            LastIndex = report.Last.Index,
            Applied = report.Applied,
            CopiedUpTo = meta.CopiedUpTo,
            Members = [.. meta.Peers.Select(peer => peer.Id)],
            MembershipEntries = MembershipBehind(log, report.Applied, report.Last.Index),
            MayHaveLost = mayHaveLost || report.Loss != RaftLogLoss.None,
        });
    }

    /// <summary>The membership entries that are in the log and not applied: seldom any, and what is not applied is ten seconds of writes at most.</summary>
    private static List<ulong> MembershipBehind(RaftLog log, ulong applied, ulong last)
    {
        var found = new List<ulong>();
        if (applied >= last) return found; // as after every clean stop: no buffers then
        const int LargeRead = 1 << 20;
        // Small at first: what is behind is often the one entry without content that a leader began with.
        var buffer = new byte[4 * 1024];
        var slices = new RaftLogSlice[(int)Math.Min(last - applied, 1024)];
        for (var next = applied + 1; next <= last;)
        {
            var read = log.Read(next, last, buffer, slices);
            if (read.Status == RaftLogReadStatus.BufferTooSmall)
            {
                buffer = new byte[Math.Max(read.BytesNeeded, LargeRead)];
                continue;
            }

            if (read.Status != RaftLogReadStatus.Read)
                throw new StorageCorruptException("raft log", $"entry {next} cannot be read: {read.Problem ?? read.Status.ToString()}", "Let the master rebuild this replica");
            foreach (var slice in slices.AsSpan(0, read.Count))
                if (slice.Header.Type == RaftEntryType.Membership) found.Add(slice.Header.Index);
            next += (ulong)read.Count;
            if (next <= last && buffer.Length < LargeRead) buffer = new byte[LargeRead];
        }

        return found;
    }

    private void StartGroup(LogOpened opened)
    {
        foreach (var note in opened.Log.Report.Notes) Log.PartitionNote(_log, _partition, note);
        LearnAddresses(_meta!);
        var raft = _context.Raft;
        var parts = new RaftGroupParts(
            _port!, opened.Boot, opened.Log, _context.LogWriter, raft.Node.Transport, _machine!, _usage, _context.Threads, raft.Buffers, raft.Groups, raft.Core, raft.Time,
            new Random(raft.Random.Next()))
        {
            Stage = _gate is null ? LoadStage.LoadingExtents : LoadStage.CatchingUp,
            AskToLead = new LeadershipTransfer(raft.Peers).AskToLeadAsync,
            IsDrained = raft.Node.IsDrained,
        };
        raft.Node.Join(_port!);
        _group = Context.Watch(Context.ActorOf(RaftGroup.PropsFor(parts), "raft"));
        if (_gate is not null) GroupHasStore();
    }

    /// <summary>Group and extents are both there.</summary>
    private void GroupHasStore()
    {
        _port!.TryRun(static group => group.StoreAttached());
        Timers.StartSingleTimer(nameof(SaveApplied), new SaveApplied(), _context.Raft.Groups.AppliedSavePeriod);
        _groupHasStore = true;
        if (_hasUpkeep) StartAppliedIds();
    }

    /// <summary>Where the peers are: at their data addresses, on the raft ports that all nodes of a cluster share, or on their own where the
    /// cluster allows different ones and the peer's record names them.</summary>
    private void LearnAddresses(PartitionMeta meta)
    {
        var own = _context.Raft.Ports;
        var mayDiffer = _context.Raft.UsesPeerPorts();
        foreach (var peer in meta.Peers)
        {
            if (!System.Net.IPEndPoint.TryParse(peer.Address, out var data)) continue; // a peer without an address is never reached, and says so there
            var heartbeat = mayDiffer && ushort.TryParse(peer.HeartbeatPort, out var its) && its > 0 ? its : own.Heartbeat;
            var replica = mayDiffer && ushort.TryParse(peer.ReplicaPort, out its) && its > 0 ? its : own.Replica;
            _context.Raft.Node.Addresses.Set(peer.Id, new RaftAddress(new(data.Address, heartbeat), new(data.Address, replica)));
        }
    }

    /// <summary>A group that fails ends its replica: it neither acknowledges nor is echoed any more, and a store that goes on alone would diverge.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Supervise(cause =>
    {
        if (Sender.Equals(_group))
        {
            _groupFailure = cause; // said by the disk, which gives this replica up for it
            return Directive.Stop;
        }

        Log.Broken(_log, Sender.Path.Name, cause);
        return Directive.Restart;
    }, loggingEnabled: false);

    private void GroupStopped(string? problem)
    {
        if (_group.IsNobody()) return; // said already: it has stopped, and then it terminates
        _group = ActorRefs.Nobody;
        _groupProblem = problem;
        _gate!.CloseAsync().PipeTo(Self, success: () => new Drained());
    }
}
