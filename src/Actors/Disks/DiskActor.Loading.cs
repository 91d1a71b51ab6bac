using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

// From the listing of a disk until all its partitions are settled.
internal sealed partial class DiskActor
{
    private sealed record BootSettled;

    private readonly Queue<ReplicaSlot> _waiting = new();
    private readonly HashSet<PartitionId> _unsettled = []; // of the listing: neither serving nor finally not
    private readonly List<string> _corrupt = [];
    private bool _hasFailed; // a replica could not be loaded: what its raft log may have lost is not noted
    private bool _wasSettled; // the supervisor knows; what is found damaged later concerns nobody's start
    private int _found = -1;

    private void BeginLoading(IReadOnlyList<RootEntry> entries)
    {
        foreach (var entry in entries) Classify(entry);
        _found = _unsettled.Count;
        _hasFailed = false;
        Log.DiskOpened(_log, _disk.Path, _found);
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
                var slot = new ReplicaSlot(entry);
                _slots.Add(entry.Partition, slot);
                _unsettled.Add(entry.Partition);
                _candidates.Add(entry.Partition);
                _waiting.Enqueue(slot);
                break;
            case RootEntryKind.Backup:
                _backups[entry.Name] = entry;
                break;
            case RootEntryKind.Expired:
                Log.DiskNote(_log, _disk.Path, $"{entry.Name} was set aside because the master does not know it; it is removed after {SetAsideRetention.Expired.TotalDays:0} days");
                break;
        }
    }

    private void LoadNext()
    {
        var loading = _slots.Values.Count(slot => slot is { IsLoading: true, AwaitsExtents: false });
        while (!_stopping && _phase == Phase.Open && loading < _context.Settings.LoadsPerDisk && _waiting.TryDequeue(out var slot))
        {
            if (!IsKnown(slot) || !slot.IsOut || slot.IsHeld || slot.Next != AfterClose.Nothing) continue; // something else has been decided meanwhile
            Load(slot);
            if (slot.IsLoading) loading++;
        }

        LoadExtents(loading);
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
        SettleDisk(null);
    }

    /// <summary>For the supervisor the disk is settled, one way or the other.</summary>
    private void SettleDisk(string? problem)
    {
        _waiting.Clear();
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
