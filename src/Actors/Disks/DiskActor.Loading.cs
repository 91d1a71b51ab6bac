using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

// From the listing of a disk until all its partitions are settled.
internal sealed partial class DiskActor
{
    /// <summary>What the disk holds is known: whoever asks for one of these waits, and no other one is on it. Sent to the supervisor whenever it was listed.</summary>
    public sealed record DiskListed(string Path);

    private sealed record BootSettled;

    /// <summary>Somebody needs the partition: it is loaded before those that nobody asks for.</summary>
    private sealed record Urgent(PartitionId Partition, LoadUrgency Urgency);

    private sealed record LoadOverdue(PartitionId Partition);

    /// <summary>The next replicas may begin with what nobody waits for.</summary>
    private sealed record NextUpkeep
    {
        public static readonly NextUpkeep Instance = new();
    }

    /// <summary>Partitions that a reason names; of more it says how many.</summary>
    private const int NamedMax = 4;

    /// <summary>Replicas of a disk that begin their upkeep together, and when the next do: 1,000 have begun after ten seconds, long before the first comparison with others is due.</summary>
    private const int UpkeepAtOnce = 10;

    private static readonly TimeSpan UpkeepPace = TimeSpan.FromMilliseconds(100);

    private readonly LoadQueue _waiting = new();
    private readonly Queue<ReplicaSlot> _upkeep = new(); // behind the start, until each has begun
    private readonly LoadBudget _budget;
    private readonly HashSet<PartitionId> _unsettled = []; // of the listing: neither serving nor finally not
    private readonly List<string> _corrupt = [];
    private PartitionContext? _freshContext; // for what was synced as a whole and not opened since
    private bool _hasFailed; // a replica could not be loaded: what its raft log may have lost is not noted
    private bool _wasSettled; // the supervisor knows; what is found damaged later concerns nobody's start
    private int _found = -1;

    private void ReceiveLoading()
    {
        Receive<Urgent>(urgent => _waiting.Raise(urgent.Partition, urgent.Urgency));
        Receive<PartitionActor.Voiced>(TakeVoiced);
        Receive<PartitionActor.StoreOpened>(opened =>
        {
            EndStep(opened.Partition);
            _waiting.Remove(opened.Partition);
            LoadNext();
        });
        Receive<LoadOverdue>(overdue => Stall(overdue.Partition));
        Receive<NextUpkeep>(_ => AllowUpkeep());
    }

    private void BeginLoading(IReadOnlyList<RootEntry> entries)
    {
        foreach (var entry in entries) Classify(entry);
        _found = _unsettled.Count;
        _hasFailed = false;
        _upkeep.Clear();
        Log.DiskOpened(_log, _disk.Path, _found);
        Context.Parent.Tell(new DiskListed(_disk.Path));
        WriteDownUnfinished(entries);
        if (entries.Any(entry => entry.Kind == RootEntryKind.Deleting)) Sweep();
        if (!_wasSettled) ExpectProgress();
        Publish();
        if (_found == 0) CompleteLoading();
        else LoadNext();
    }

    private void Classify(RootEntry entry)
    {
        switch (entry.Kind)
        {
            case RootEntryKind.Partition when _slots.ContainsKey(entry.Partition):
                Log.DiskNote(_log, _disk.Path, $"{entry.Name} is a second directory of partition {entry.Partition}; it is left alone");
                break;
            case RootEntryKind.Partition:
                _slots.Add(entry.Partition, new ReplicaSlot(entry) { IsFresh = Root!.Verdict == BootVerdict.CleanStop });
                _unsettled.Add(entry.Partition);
                _candidates.Add(entry.Partition);
                Enqueue(entry);
                break;
            case RootEntryKind.Backup:
                _backups[entry.Name] = entry;
                break;
            case RootEntryKind.Expired:
                Log.DiskNote(_log, _disk.Path, $"{entry.Name} was set aside because the master does not know it; it is removed after {SetAsideRetention.Expired.TotalDays:0} days");
                break;
        }
    }

    private void Enqueue(RootEntry entry)
    {
        _waiting.Add(entry.Partition, LoadStep.Record);
        Announce(entry.Partition);
        // Another disk that has it, too, has said so already, or hears of it when its turn has come.
        var figures = new PartitionFigures(entry.Partition, "", _disk.Path, PartitionState.Loading, entry.Bytes, Used: 0, ExtentCount: 0, BaseExtentId: 0, [], [], "", static () => null);
        _context.Board.TryClaim(figures with { Stage = LoadStage.Discovered });
    }

    /// <summary>Who asks for it waits, and moves it to the front of those to be loaded: a caller, or a group that has no leader.</summary>
    private void Announce(PartitionId partition)
    {
        var self = Self;
        _context.Partitions.Announce(partition, () => self.Tell(new Urgent(partition, LoadUrgency.Wanted), ActorRefs.NoSender));
        _context.Raft.Node.Expect(partition, () => self.Tell(new Urgent(partition, LoadUrgency.Leaderless), ActorRefs.NoSender));
    }

    private void LoadNext()
    {
        while (!_stopping && _phase == Phase.Open && _budget.HasRoom && _waiting.TryTake(out var partition, out var step))
        {
            if (!_slots.TryGetValue(partition, out var slot)) _waiting.Remove(partition);
            else if (step == LoadStep.Extents) LoadExtents(slot);
            else if (slot is { IsOut: true, IsHeld: false, Next: AfterClose.Nothing }) Load(slot);
            else Unannounce(partition); // something else has been decided meanwhile
        }
    }

    /// <summary>A load is under way, whoever ordered it, and counts among those at once.</summary>
    private void BeginLoad(PartitionId partition)
    {
        _budget.Begin(partition);
        Timers.StartSingleTimer(LoadKey(partition), new LoadOverdue(partition), _context.Settings.LoadPatience);
    }

    /// <summary>A step is done, another one follows: the disk works, if slowly.</summary>
    private void EndStep(PartitionId partition)
    {
        if (_unsettled.Count > 0 && !_wasSettled) ExpectProgress();
        EndLoad(partition);
    }

    /// <summary>Whatever the disk did for it is done.</summary>
    private void EndLoad(PartitionId partition)
    {
        if (!_budget.End(partition, out var wasStalled)) return;
        Timers.Cancel(LoadKey(partition));
        if (!wasStalled) return;
        _context.Threads.TakeBack();
        Publish();
    }

    /// <summary>The others do not wait for it: not for its place in the budget, not for its thread, and the start of the node not for its end.</summary>
    private void Stall(PartitionId partition)
    {
        if (!_budget.Stall(partition)) return;
        Log.PartitionNote(_log, partition, $"it has been loading for {_context.Settings.LoadPatience.TotalSeconds:0.###} s; the others of {_disk.Path} go on without it");
        _context.Threads.Lend();
        _hasFailed = true; // at the next start it is looked at anew
        if (_unsettled.Remove(partition) && _unsettled.Count == 0) CompleteLoading();
        Publish();
        LoadNext();
    }

    private PartitionContext FreshContext() => _partitionContext! with { StoreSettings = _partitionContext.StoreSettings with { FoundIsDurable = true } };

    private static string LoadKey(PartitionId partition) => $"load-{partition.Value}";

    /// <summary>What hangs, by name; empty where nothing does.</summary>
    private string StalledText()
    {
        var stalled = _budget.Stalled;
        if (stalled.Count == 0) return "";
        var names = string.Join(", ", stalled.Take(NamedMax)) + (stalled.Count > NamedMax ? $" and {stalled.Count - NamedMax} more" : "");
        return $"loading of partition{(stalled.Count > 1 ? "s" : "")} {names} has not ended within {_context.Settings.LoadPatience.TotalSeconds:0.###} s"
            + (stalled.Count < _budget.StalledMax ? "" : $"; no other one is begun until one of them ends ({_waiting.Count} wait)");
    }

    /// <summary>It will not serve now: who waits for it is refused, and nobody is to move it to the front.</summary>
    private void Unannounce(PartitionId partition)
    {
        _waiting.Remove(partition);
        _context.Partitions.Withdraw(partition);
        _context.Raft.Node.Unexpect(partition);
    }

    /// <summary>A partition of the listing serves or finally does not.</summary>
    private void Settle(PartitionId partition)
    {
        if (!_unsettled.Remove(partition)) return;
        if (!_wasSettled) ExpectProgress();
        if (_unsettled.Count == 0) CompleteLoading();
    }

    private void CompleteLoading()
    {
        SettleBoot();
        Log.DiskReady(_log, _disk.Path, _found);
        foreach (var slot in _slots.Values)
            if (slot.IsServing) _upkeep.Enqueue(slot);
        AllowUpkeep();
        SettleDisk(null);
    }

    /// <summary>A few replicas at a time: what nobody waits for, a look at each file among it, would take the processors from callers who have waited for the start.</summary>
    private void AllowUpkeep()
    {
        for (var begun = 0; begun < UpkeepAtOnce && _upkeep.TryDequeue(out var slot); begun++) AllowUpkeep(slot);
        if (_upkeep.Count > 0) Timers.StartSingleTimer(nameof(NextUpkeep), NextUpkeep.Instance, UpkeepPace);
    }

    private static void AllowUpkeep(ReplicaSlot slot)
    {
        if (slot.IsServing) slot.Actor?.Tell(PartitionActor.BeginUpkeep.Instance);
    }

    /// <summary>For the supervisor the disk is settled, one way or the other.</summary>
    private void SettleDisk(string? problem)
    {
        _unsettled.Clear();
        Timers.Cancel(nameof(Overdue));
        if (_wasSettled) return;
        _wasSettled = true;
        Publish();
        Context.Parent.Tell(new DiskSettled(_disk.Path, problem, [.. _corrupt]));
    }

    /// <summary>Only if this node knew its address, so that every replica has opened its raft log; otherwise the next start looks again.</summary>
    private void SettleBoot()
    {
        var root = Root!;
        if (root.Verdict != BootVerdict.DirtyBoot || _context.NodeAddress().Length == 0 || _hasFailed) return;
        _context.Threads.RunAsync(() => { root.SettleBoot(); return new BootSettled(); }, Runtime.IoClass.Load).PipeTo(Self);
    }
}
