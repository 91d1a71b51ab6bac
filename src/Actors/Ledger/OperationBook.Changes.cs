namespace CubeActors.Actors;

// What is to be written to the file, and what an earlier process has left in it.
internal sealed partial class OperationBook
{
    /// <summary>Why an operation is closed that the end of a process has cut off.</summary>
    public const string InterruptedReason = "the node ended while it ran";

    private const string Awaited = "the node ended while it ran; it waits to be resumed";

    private readonly HashSet<Guid> _urgent = []; // it began, ended or was suspended
    private readonly HashSet<Guid> _lazy = []; // it moved
    private bool _isSettled;

    public LedgerCounts Counts { get; } = new();

    /// <summary>Something is to be written without delay.</summary>
    public bool HasUrgent => _urgent.Count > 0 || _unsavedAlerts.Count > 0;

    public bool HasChanges => HasUrgent || _lazy.Count > 0;

    public int EndedCount => _ended.Count;

    public IReadOnlyDictionary<OperationKind, int> OpenByKind => _open.Values.CountBy(open => open.Key.Kind).ToDictionary();

    /// <summary>All operations that an earlier process had under way and that go on by themselves have begun by now: the rest was interrupted.</summary>
    public void Settle(DateTimeOffset now)
    {
        if (_isSettled) return;
        _isSettled = true;
        foreach (var open in _open.Values.Where(open => open.IsLeft).ToList()) Interrupt(open, now);
    }

    /// <summary>Takes in what the file holds. What it calls open has been cut off by the end of an earlier process: it waits to be taken over, has been, or is closed.</summary>
    /// <param name="saved">In the order in which they were written.</param>
    public void TakeOver(IReadOnlyList<OperationEntry> saved, IReadOnlyList<OperationAlert> alerts, DateTimeOffset now)
    {
        foreach (var alert in alerts.Reverse())
            if (_alerts.Count < AlertsMax) _alerts.Insert(0, alert with { ClearedAt = alert.ClearedAt ?? (alert.Kind == OperationAlertKind.Stall ? now : null) });
        var current = _ended.Newest.Reverse().ToList(); // of this process: newer than all of the file
        _ended.Clear();
        foreach (var entry in saved.Where(entry => !entry.IsOpen).OrderBy(entry => entry.EndedAt).ThenBy(entry => entry.Id)) _ended.Add(entry, now);
        foreach (var entry in current) _ended.Add(entry, now);
        foreach (var entry in saved.Where(entry => entry.IsOpen)) Inherit(entry, current, now);
    }

    /// <summary>The next changes to be written; they count as written from now on.</summary>
    /// <param name="isTime">Progress too.</param>
    public (IReadOnlyList<OperationEntry> Entries, IReadOnlyList<OperationAlert> Alerts) TakeChanges(bool isTime, int countMax)
    {
        var entries = new List<OperationEntry>();
        foreach (var ids in isTime ? (HashSet<Guid>[])[_urgent, _lazy] : [_urgent])
        {
            foreach (var id in ids.Take(countMax - entries.Count).ToList())
            {
                ids.Remove(id);
                if (ids != _lazy) _lazy.Remove(id);
                if ((_open.TryGetValue(id, out var open) ? open.Entry : _ended.Find(id)) is { } entry) entries.Add(entry);
            }
        }

        OperationAlert[] alerts = [.. _unsavedAlerts];
        _unsavedAlerts.Clear();
        return (entries, alerts);
    }

    /// <summary>All that the file should hold; nothing is left to be written besides.</summary>
    public (IReadOnlyList<OperationEntry> Entries, IReadOnlyList<OperationAlert> Alerts) TakeAll()
    {
        _urgent.Clear();
        _lazy.Clear();
        _unsavedAlerts.Clear();
        return (
            [.. _ended.Newest.Reverse().Where(entry => !OperationRules.Of(entry.Kind).IsComparison || entry.State == OperationState.Done),
                .. _open.Values.Select(open => open.Entry).Where(entry => !OperationRules.Of(entry.Kind).IsComparison)],
            [.. _alerts]);
    }

    private void Changed(Open open, bool isUrgent)
    {
        if (OperationRules.Of(open.Key.Kind).IsComparison) return; // written when it has found something
        (isUrgent ? _urgent : _lazy).Add(open.Entry.Id);
    }

    private void Inherit(OperationEntry saved, List<OperationEntry> current, DateTimeOffset now)
    {
        var key = OperationKey.Of(saved);
        if (_open.ContainsKey(saved.Id)) return;
        if (!OperationRules.Of(saved.Kind).Resumes || _open.Count >= OpenMax)
        {
            var cutOff = new Open(saved, key);
            Add(cutOff);
            Interrupt(cutOff, now);
        }
        else if (_keys.TryGetValue(key, out var id) && _open[id] is var running && running.Entry.Resumes is null)
        {
            // It began before the file was read.
            running.Entry = Resumed(running.Entry, saved) with { StartedAt = saved.StartedAt ?? running.Entry.StartedAt, Progress = Further(saved.Progress, running.Entry.Progress) };
            Changed(running, isUrgent: true);
        }
        else if (_keys.ContainsKey(key))
        {
            // The file knows it twice: what runs has taken over one of them, and the other was never to be.
        }
        else if (current.LastOrDefault(entry => OperationKey.Of(entry) == key && entry.Resumes is null) is { } through)
        {
            _ended.Replace(Resumed(through, saved) with { Progress = Further(saved.Progress, through.Progress) }); // it is through already
            _urgent.Add(through.Id);
        }
        else
        {
            var left = new Open(saved with { State = OperationState.Accepted, Result = Awaited, MovedAt = now, IsStalled = false, CanCancel = false }, key) { IsLeft = true };
            Add(left);
            if (_isSettled) Interrupt(left, now);
        }
    }

    private static OperationProgress Further(OperationProgress one, OperationProgress other) =>
        one.Unit != other.Unit ? (other.Unit.Length > 0 ? other : one) : one.Done > other.Done ? one with { Of = Math.Max(one.Of, other.Of) } : other with { Of = Math.Max(one.Of, other.Of) };
}
