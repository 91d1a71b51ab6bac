namespace CubeActors.Actors;

// What somebody has to look at.
internal sealed partial class OperationBook
{
    /// <summary>Alerts that are kept. Somebody who lets more come together has other worries than the first of them.</summary>
    public const int AlertsMax = 256;

    /// <summary>The same again within this time is counted with the first.</summary>
    public static readonly TimeSpan RepeatsWithin = TimeSpan.FromMinutes(1);

    /// <summary>What has no duration counts as active for so long: somebody who looks once an hour sees it.</summary>
    public static readonly TimeSpan ActiveFor = TimeSpan.FromHours(1);

    /// <summary>Alerts that are told to the log within a minute; the others are seen on the operators' port. A disk that decays must not fill the log as well.</summary>
    public const int LinesPerMinute = 30;

    private readonly List<OperationAlert> _alerts = []; // the oldest first
    private readonly List<OperationAlert> _unsavedAlerts = [];
    private readonly List<OperationAlert> _unsaidAlerts = [];
    private DateTimeOffset _saidSince;
    private int _said;

    /// <summary>The newest first.</summary>
    public IEnumerable<OperationAlert> Alerts => _alerts.AsEnumerable().Reverse();

    public static bool IsActive(OperationAlert alert, DateTimeOffset now) =>
        alert.Kind == OperationAlertKind.Stall ? alert.ClearedAt is null : alert.ClearedAt is null && now - alert.At < ActiveFor;

    public void Raise(OperationAlert alert, DateTimeOffset now)
    {
        alert = alert with { At = alert.At == default ? now : alert.At, Peer = Cut(alert.Peer), Expected = Cut(alert.Expected)!, Got = Cut(alert.Got)! };
        Counts.Alert(alert.Kind);
        for (var at = _alerts.Count - 1; at >= 0; at--)
        {
            var known = _alerts[at];
            if (!IsSame(known, alert) || now - known.At >= RepeatsWithin) continue;
            _alerts[at] = known with { Repeats = known.Repeats + 1 };
            return;
        }

        if (_alerts.Count == AlertsMax) _alerts.RemoveAt(LeastOfUse(now));
        _alerts.Add(alert);
        if (_unsavedAlerts.Count < AlertsMax) _unsavedAlerts.Add(alert);
        if (now - _saidSince >= RepeatsWithin) (_saidSince, _said) = (now, 0);
        if (_said++ < LinesPerMinute) _unsaidAlerts.Add(alert);
    }

    /// <summary>The cause of the alerts of an operation is gone.</summary>
    private void Clear(OperationAlertKind kind, Guid operation, DateTimeOffset now)
    {
        for (var at = 0; at < _alerts.Count; at++)
        {
            if (_alerts[at] is not { ClearedAt: null } alert || alert.Kind != kind || alert.Operation != operation) continue;
            _alerts[at] = alert with { ClearedAt = now };
            if (_unsavedAlerts.Count < AlertsMax) _unsavedAlerts.Add(_alerts[at]);
        }
    }

    /// <summary>The oldest that calls for nobody; else the oldest whose cause may be gone by now; else the oldest.</summary>
    private int LeastOfUse(DateTimeOffset now)
    {
        var at = _alerts.FindIndex(alert => !IsActive(alert, now));
        return at >= 0 ? at : Math.Max(0, _alerts.FindIndex(static alert => alert.Kind != OperationAlertKind.Stall));
    }

    /// <summary>Alerts that nobody has said yet; they count as said from now on.</summary>
    public IReadOnlyList<OperationAlert> TakeUnsaid()
    {
        if (_unsaidAlerts.Count == 0) return [];
        OperationAlert[] unsaid = [.. _unsaidAlerts];
        _unsaidAlerts.Clear();
        return unsaid;
    }

    private static bool IsSame(OperationAlert one, OperationAlert other) =>
        one.Kind == other.Kind && one.ClearedAt is null && one.Partition == other.Partition && one.Extent == other.Extent && one.Peer == other.Peer
        && (one.Operation == other.Operation || one.Kind is OperationAlertKind.ReplyMismatch or OperationAlertKind.Concurrent);
}
