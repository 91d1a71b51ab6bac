namespace CubeActors.Actors;

/// <summary>Puts together what the file of a ledger holds, event by event. Pure.</summary>
internal sealed class LedgerReplay
{
    private readonly Dictionary<Guid, (long At, OperationEntry Entry)> _entries = []; // by when its last state was written
    private readonly List<OperationAlert> _alerts = [];
    private long _at;

    /// <summary>The entries in the order of their last states.</summary>
    public LedgerContent Content => new([.. _entries.Values.OrderBy(entry => entry.At).Select(entry => entry.Entry)], [.. _alerts]);

    public void Take(LedgerSnapshot snapshot)
    {
        _entries.Clear();
        _alerts.Clear();
        foreach (var operation in snapshot.Operations) Take(operation);
        foreach (var alert in snapshot.Alerts) Take(alert);
    }

    public void Take(SavedOperation saved)
    {
        var entry = saved.ToEntry();
        _entries[entry.Id] = (++_at, entry);
        // What was taken over is written down only by who took it over. Few are open.
        foreach (var old in _entries.Values.Where(old => old.Entry.IsOpen && old.Entry.Id != entry.Id && IsTakenOver(old.Entry, entry)).ToList()) _entries.Remove(old.Entry.Id);
    }

    public void Take(SavedAlert saved)
    {
        var alert = saved.ToAlert();
        var known = _alerts.FindIndex(old => old.Kind == alert.Kind && old.Operation == alert.Operation && old.Extent == alert.Extent && old.Partition == alert.Partition && old.At == alert.At);
        if (known >= 0) _alerts[known] = alert;
        else _alerts.Add(alert);
        if (_alerts.Count > OperationBook.AlertsMax) _alerts.RemoveAt(0);
    }

    private static bool IsTakenOver(OperationEntry old, OperationEntry by) =>
        by.Resumes == old.Id || (by.Resumes is { } first && old.Resumes == first) || (by.IsOpen && OperationKey.Of(by) == OperationKey.Of(old));
}
