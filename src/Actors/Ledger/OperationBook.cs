using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>All operations of a node that are open, and the last of those that have ended. Pure: told what happens and when, it decides what that changes.</summary>
/// <remarks>
/// Invariants: of one <see cref="OperationKey"/> one operation is open at most; progress never falls; what has ended never changes, but for the id that it
/// resumes; open operations, history, alerts and changes are bounded. One owner.
/// </remarks>
internal sealed partial class OperationBook(LedgerSettings settings)
{
    /// <summary>More than any node has replicas. What comes beyond it runs without an entry, and is counted.</summary>
    public const int OpenMax = 100_000;

    /// <summary>Of a detail, a result, a peer: what others say of themselves is kept, but not all of it.</summary>
    public const int TextCharsMax = 500;

    private const int UnitCharsMax = 16;

    private sealed class Open(OperationEntry entry, OperationKey key)
    {
        public OperationEntry Entry { get; set; } = entry;
        public OperationKey Key => key;

        /// <summary>Of this run alone: one that begins anew behind what an earlier one had reached gets on all the same.</summary>
        public long Moved { get; set; } = -1;
        public Action? Cancel { get; set; }

        /// <summary>Nobody carries it out now; whoever takes it over is waited for.</summary>
        public bool IsLeft { get; set; }

        /// <summary>It rests by order: that is no stall.</summary>
        public bool IsResting { get; set; }
    }

    private readonly Dictionary<Guid, Open> _open = [];
    private readonly Dictionary<OperationKey, Guid> _keys = [];
    private readonly Dictionary<(ulong Partition, string Disk), List<Open>> _places = []; // by what it is about
    private readonly EndedOperations _ended = new(settings);

    /// <summary>Whether there is anything that may stall.</summary>
    public bool HasOpen => _open.Count > 0;

    /// <summary>An operation comes to be, or goes on where an earlier one of its key has left off.</summary>
    /// <param name="runs">It does not wait.</param>
    /// <returns>The entry; null if there is no room for it.</returns>
    public OperationEntry? Begin(OperationKind kind, Guid id, PartitionId? partition, string? disk, string? peer, string detail, bool runs, DateTimeOffset now)
    {
        var key = OperationKey.Of(kind, partition, disk, peer);
        var entry = new OperationEntry(id, kind, partition, disk, Cut(peer), Cut(detail)!, now);
        if (_open.ContainsKey(id) || _ended.Find(id) is not null)
        {
            Counts.Unrecorded++; // an id is used once; the second owner's calls would end the first one's operation
            return null;
        }

        if (_keys.TryGetValue(key, out var other)) entry = Displace(_open[other], entry, now);
        else if (_open.Count >= OpenMax)
        {
            Counts.Unrecorded++;
            return null;
        }

        var open = new Open(entry, key);
        Add(open);
        Counts.Of(kind).Begun++;
        if (runs) Start(open, now);
        else Changed(open, isUrgent: true);
        return open.Entry;
    }

    public void Start(Guid id, DateTimeOffset now)
    {
        if (Find(id) is { } open && (open.Entry.State == OperationState.Accepted || open.IsResting)) Start(open, now);
    }

    public void Progress(Guid id, long done, long of, string unit, DateTimeOffset now)
    {
        if (Find(id) is not { } open) return;
        if (open.Entry.State == OperationState.Accepted) Start(open, now);
        var before = open.Entry.Progress;
        var isSound = done >= 0 && of >= 0 && unit.Length is > 0 and <= UnitCharsMax && (before.Unit.Length == 0 || before.Unit == unit);
        if (!isSound)
        {
            Counts.ProgressIgnored++;
            return;
        }

        if (done > open.Moved)
        {
            (open.Moved, open.IsResting) = (done, false);
            Moved(open, now);
        }

        if (done < before.Done) Counts.ProgressIgnored++;
        var most = Math.Max(done, before.Done);
        var target = of > 0 ? of : before.Of;
        var after = new OperationProgress(most, target == 0 ? 0 : Math.Max(most, target), unit);
        if (after == before) return;
        open.Entry = open.Entry with { Progress = after };
        Changed(open, isUrgent: false);
    }

    public void CancelBy(Guid id, Action cancel)
    {
        if (Find(id) is not { } open) return;
        open.Cancel = cancel;
        open.Entry = open.Entry with { CanCancel = true };
    }

    /// <returns>What ends it; null, and why, where nothing does.</returns>
    public Action? TakeCancel(Guid id, out string problem)
    {
        problem = "";
        if (Lookup(id) is not { } entry) problem = $"there is no operation {id}";
        else if (!entry.IsOpen) problem = $"operation {id} has ended: {entry.State}";
        else if (_open[entry.Id] is { Cancel: { } cancel } open)
        {
            open.Cancel = null; // once
            open.Entry = open.Entry with { CanCancel = false };
            return cancel;
        }
        else problem = $"operation {id}, {entry.Kind}, cannot be cancelled{(entry.State == OperationState.Accepted ? " now" : "")}";
        return null;
    }

    /// <returns>The entry as it ended; null if it had ended before.</returns>
    public OperationEntry? End(Guid id, OperationState state, string result, DateTimeOffset now, bool isLetGo = false)
    {
        if (!_open.TryGetValue(id, out var open) || (open.IsLeft && isLetGo))
        {
            if (!isLetGo && !_open.ContainsKey(id)) Counts.LateCalls++;
            return null;
        }

        return End(open, state, result, now);
    }

    /// <summary>Nobody carries it out until it is taken over; of a kind that does not resume it ends.</summary>
    /// <returns>The entry.</returns>
    public OperationEntry? Suspend(Guid id, string why, DateTimeOffset now)
    {
        if (Find(id) is not { } open) return null;
        if (!OperationRules.Of(open.Key.Kind).Resumes) return End(open, OperationState.Cancelled, why, now);
        Moved(open, now); // the wait begins
        (open.IsLeft, open.IsResting, open.Cancel) = (true, false, null);
        open.Entry = open.Entry with { State = OperationState.Accepted, Result = Cut(why)!, CanCancel = false };
        Changed(open, isUrgent: true);
        return open.Entry;
    }

    /// <summary>It rests by order: not moving is no stall until it moves again.</summary>
    public void Rest(Guid id, string why, DateTimeOffset now)
    {
        if (Find(id) is not { IsResting: false } open) return;
        open.IsResting = true;
        ClearStall(open, now);
        open.Entry = open.Entry with { Result = Cut(why)! };
        Changed(open, isUrgent: false);
    }

    /// <summary>What was suspended or interrupted on a partition will not go on: the partition is not here any more.</summary>
    public void Forget(PartitionId partition, string why, DateTimeOffset now)
    {
        if (!_places.TryGetValue((partition.Value, ""), out var here)) return;
        foreach (var open in here.Where(open => open.IsLeft && open.Key.Kind != OperationKind.DeletePartition).ToList()) End(open, OperationState.Cancelled, why, now);
    }

    /// <summary>Looks for what does not move, and for what nobody has taken over in time.</summary>
    public void Look(DateTimeOffset now)
    {
        foreach (var open in _open.Values.ToList())
        {
            var quiet = now - open.Entry.MovedAt;
            if (open.IsLeft)
            {
                if (quiet > OperationRules.ResumeWithin) Interrupt(open, now);
            }
            else if (!open.Entry.IsStalled && !open.IsResting && quiet > LimitOf(open.Entry))
            {
                open.Entry = open.Entry with { IsStalled = true };
                Raise(new OperationAlert(
                    OperationAlertKind.Stall, open.Entry.Id, open.Entry.Partition, 0, open.Entry.Peer,
                    $"{open.Entry.Kind} moves, or begins, within {LimitOf(open.Entry).TotalMinutes:0} min", $"nothing since {open.Entry.MovedAt:u}, at {Describe(open.Entry)}"), now);
                Changed(open, isUrgent: false);
            }
        }

        _ended.Prune(now);
    }

    /// <returns>The entry of this id, or of the operation that took over the one of this id; null if it is not known.</returns>
    public OperationEntry? Lookup(Guid id) => _open.TryGetValue(id, out var open)
        ? open.Entry
        : _ended.Find(id) ?? _open.Values.FirstOrDefault(open => open.Entry.Resumes == id)?.Entry ?? _ended.Newest.FirstOrDefault(entry => entry.Resumes == id);

    /// <summary>Those that are open first, each part with the newest first.</summary>
    public IEnumerable<OperationEntry> List(OperationFilter filter) =>
        _open.Values.Select(open => open.Entry).OrderByDescending(entry => entry.AcceptedAt).ThenByDescending(entry => entry.Id)
            .Concat(_ended.Newest).Where(filter.Admits).Take(filter.Limit);

    /// <summary>Shortened to what is kept.</summary>
    internal static string? Cut(string? text) => text is { Length: > TextCharsMax } ? string.Concat(text.AsSpan(0, TextCharsMax - 3), "...") : text;

    private Open? Find(Guid id)
    {
        if (_open.TryGetValue(id, out var open)) return open;
        Counts.LateCalls++;
        return null;
    }

    /// <summary>What was open under the key of an operation that begins now makes room for it.</summary>
    private OperationEntry Displace(Open old, OperationEntry entry, DateTimeOffset now)
    {
        if (!OperationRules.Of(entry.Kind).Resumes)
        {
            // Whoever began it forgot it, or two believe it is theirs; the table excludes both.
            Raise(Conflict(entry, old.Entry), now);
            End(old, OperationState.Failed, "another one began before it had ended", now);
            return entry;
        }

        ClearStall(old, now);
        Remove(old);
        return Resumed(entry, old.Entry);
    }

    private static OperationEntry Resumed(OperationEntry entry, OperationEntry old) => entry with
    {
        AcceptedAt = old.AcceptedAt < entry.AcceptedAt ? old.AcceptedAt : entry.AcceptedAt,
        StartedAt = old.StartedAt ?? entry.StartedAt,
        Progress = old.Progress,
        Resumes = old.Resumes ?? old.Id,
        Runs = old.Runs + entry.Runs,
    };

    private void Start(Open open, DateTimeOffset now)
    {
        open.IsResting = false;
        open.Entry = open.Entry with { State = OperationState.Running, StartedAt = open.Entry.StartedAt ?? now, Result = "" };
        Moved(open, now);
        foreach (var other in _places[open.Key.Place])
        {
            if (other == open || other.Entry.State != OperationState.Running) continue;
            if (OperationConflicts.IsBroken(open.Key.Kind, other.Key.Kind) && (open.Key.Kind != other.Key.Kind || open.Key == other.Key)) Raise(Conflict(open.Entry, other.Entry), now);
        }

        Changed(open, isUrgent: true);
    }

    private static OperationAlert Conflict(OperationEntry comes, OperationEntry runs) => new(
        OperationAlertKind.Concurrent, comes.Id, comes.Partition, 0, comes.Peer ?? runs.Peer,
        $"{comes.Kind} beside {runs.Kind}: {OperationConflicts.Of(comes.Kind, runs.Kind)}", $"both run: {comes.Id}, and {runs.Id} since {runs.StartedAt ?? runs.AcceptedAt:u}");

    private static TimeSpan LimitOf(OperationEntry entry) => entry.State == OperationState.Running ? OperationRules.Of(entry.Kind).StallAfter : OperationRules.WaitAfter;

    private static string Describe(OperationEntry entry) => entry.Progress.Unit.Length == 0 ? entry.State.ToString() : $"{entry.Progress.Done} of {entry.Progress.Of} {entry.Progress.Unit}";

    private void Moved(Open open, DateTimeOffset now)
    {
        ClearStall(open, now);
        open.Entry = open.Entry with { MovedAt = now };
    }

    private void ClearStall(Open open, DateTimeOffset now)
    {
        if (!open.Entry.IsStalled) return;
        open.Entry = open.Entry with { IsStalled = false };
        Clear(OperationAlertKind.Stall, open.Entry.Id, now);
    }

    private void Interrupt(Open open, DateTimeOffset now)
    {
        var ended = End(open, OperationState.Interrupted, InterruptedReason, now);
        Raise(new OperationAlert(
            OperationAlertKind.Interrupted, ended.Id, ended.Partition, 0, ended.Peer, $"{ended.Kind} ends or is resumed", $"the node ended while it ran, at {Describe(ended)}"), now);
    }

    private OperationEntry End(Open open, OperationState state, string result, DateTimeOffset now)
    {
        ClearStall(open, now);
        Remove(open);
        var rule = OperationRules.Of(open.Key.Kind);
        var ended = open.Entry with { State = state, EndedAt = now, Result = Cut(result)!, CanCancel = false };
        Counts.Of(open.Key.Kind).Add(state, now - (ended.StartedAt ?? ended.AcceptedAt));
        if (rule.IsComparison && state == OperationState.Done && result.Length == 0)
        {
            Counts.Of(open.Key.Kind).Nothing++;
            return ended;
        }

        _ended.Add(ended, now);
        // One that failed comes again in minutes, for each partition: what it left is looked at in memory, or not at all.
        if (!rule.IsComparison || state == OperationState.Done) _urgent.Add(ended.Id);
        return ended;
    }

    private void Add(Open open)
    {
        _open.Add(open.Entry.Id, open);
        _keys[open.Key] = open.Entry.Id;
        if (!_places.TryGetValue(open.Key.Place, out var here)) _places.Add(open.Key.Place, here = []);
        here.Add(open);
    }

    private void Remove(Open open)
    {
        _open.Remove(open.Entry.Id);
        _keys.Remove(open.Key);
        if (_places[open.Key.Place] is var here && here.Remove(open) && here.Count == 0) _places.Remove(open.Key.Place);
        _urgent.Remove(open.Entry.Id);
        _lazy.Remove(open.Entry.Id);
    }
}
