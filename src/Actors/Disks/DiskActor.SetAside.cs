using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// What the master's list means for the directories that were found, and how long what was set aside is kept.
internal sealed partial class DiskActor
{
    private sealed record CleanUp;

    private sealed record CleanedUp(IReadOnlyList<string> Names, string? Problem);

    private sealed record PresenceForgotten;

    private readonly Dictionary<string, RootEntry> _backups = new(StringComparer.Ordinal);
    private readonly HashSet<PartitionId> _candidates = []; // found when the disk was listed and not yet compared with a confirmed list
    private bool _cleaning;

    private void ReceiveSetAside()
    {
        Receive<RosterWatch.Heard>(Hear);
        Receive<RosterWatch.Confirmed>(confirmed => Compare(confirmed.Answer));
        Receive<CleanUp>(_ => Clean());
        Receive<PresenceForgotten>(_ => { });
        Receive<CleanedUp>(cleaned =>
        {
            _cleaning = false;
            if (cleaned.Problem is not null) Log.DiskNote(_log, _disk.Path, $"what was set aside could not be removed, and is tried again later: {cleaned.Problem}");
            foreach (var name in cleaned.Names) _backups.Remove(name);
            Publish();
            Sweep();
        });
    }

    private void Hear(RosterWatch.Heard heard)
    {
        if (heard.IsFirst && heard.Answer.BadDisks.Contains(_disk.Path))
        {
            if (_phase == Phase.Open) GiveUpDisk(ListedBad);
            else _wasListedBad = _phase == Phase.Opening; // as soon as it is open
        }

        if (_phase != Phase.Open || !RosterComparison.IsWrongDisk(_disk.Path, _found + _slots.Count, heard.Answer)) return;
        var root = Root!;
        // Nobody takes it for the disk that was lost; 0x8B does, by order.
        _context.Threads.RunAsync(
            () =>
            {
                root.ForgetPresence();
                return new PresenceForgotten();
            },
            IoClass.Load).PipeTo(Self);
        Lose("the master has partitions on it, and there is no directory of any: it is not mounted, or another disk");
    }

    /// <summary>Once for each directory that was found: the master has said twice in a row what it says here.</summary>
    private void Compare(RosterAnswer roster)
    {
        if (_phase != Phase.Open || _stopping) return;
        foreach (var partition in _candidates.ToList())
        {
            if (!_slots.TryGetValue(partition, out var slot)) continue;
            var verdict = RosterComparison.Judge(partition, _disk.Path, roster);
            if (verdict == RosterVerdict.Undecided) continue;
            _candidates.Remove(partition);
            if (verdict == RosterVerdict.Serve)
            {
                slot.IsConfirmed = true;
                if (slot.IsHeld && roster.OnDisks.Count > 0 && slot.IsOut) LoadHeld(slot);
                continue;
            }

            Log.PartitionNote(_log, partition, verdict == RosterVerdict.Expire
                ? $"the master knows no replica of it on this node; it is withdrawn and kept for {SetAsideRetention.Expired.TotalDays:0} days"
                : $"the master knows it on another disk than {_disk.Path}; it is withdrawn and set aside");
            if (slot.IsBeingRemoved || slot.Plan(verdict == RosterVerdict.Expire ? AfterClose.Expire : AfterClose.BackUp) is not null) continue;
            WriteDownRemoval(slot, verdict == RosterVerdict.Expire ? "because the master knows no replica of it on this node" : "because the master knows it on another disk");
            Close(slot);
        }
    }

    private void LoadHeld(ReplicaSlot slot)
    {
        // While the other copy is still on the board, it is waited for.
        if (_context.Board.Partition(slot.Partition) is { } known && known.DiskPath != _disk.Path) return;
        Load(slot);
    }

    private void Clean()
    {
        if (_cleaning || _stopping || _phase != Phase.Open) return;
        _cleaning = true;
        var (root, now, timeout, zone) = (Root!, _context.Time.GetUtcNow(), _context.BackupTimeout(), _context.Time.LocalTimeZone);
        _context.Threads.RunAsync(
            () =>
            {
                var removed = new List<string>();
                foreach (var entry in root.List())
                    if (IsDue(root, entry, now, timeout, zone) && root.BeginDelete(entry)) removed.Add(entry.Name);
                return new CleanedUp(removed, null);
            },
            IoClass.Repair).PipeTo(Self, failure: cause => new CleanedUp([], cause.Message));
    }

    private static bool IsDue(DiskRoot root, RootEntry entry, DateTimeOffset now, TimeSpan? backupTimeout, TimeZoneInfo zone) => entry.Kind switch
    {
        RootEntryKind.Expired => root.ChangedAt(entry) is { } at && SetAsideRetention.IsExpiredDue(at, now),
        RootEntryKind.Backup => backupTimeout is { } timeout && SetAsideRetention.IsBackupDue(entry.Name, timeout, now, zone),
        _ => false,
    };

    /// <summary>0x80: all of them, whatever their age.</summary>
    private void RemoveSetAside(IReadOnlyList<RootEntry> entries)
    {
        var root = Root!;
        _context.Threads.RunAsync(
            () =>
            {
                foreach (var entry in entries) root.BeginDelete(entry);
                return new CleanedUp([.. entries.Select(entry => entry.Name)], null);
            },
            IoClass.Repair).PipeTo(Self, failure: cause => new CleanedUp([], cause.Message));
    }
}
