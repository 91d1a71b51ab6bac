using System.Diagnostics;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>The last heartbeat of each node, as it came. Thread-safe.</summary>
internal sealed class ReportBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DataNodeHeartbeatResponse Report, long At)> _reports = [];

    public void Write(string node, DataNodeHeartbeatResponse report)
    {
        lock (_lock) _reports[node] = (report, Stopwatch.GetTimestamp());
    }

    /// <summary>What a node said of a partition, if it said anything since then.</summary>
    /// <param name="since">A timestamp; older reports do not count.</param>
    public PartitionReport? Of(string node, PartitionId partition, long since)
    {
        lock (_lock)
            return _reports.TryGetValue(node, out var known) && known.At >= since ? known.Report.PartitionReports.FirstOrDefault(report => report.PartitionId == partition) : null;
    }

    public bool HasReported(string node, long since)
    {
        lock (_lock) return _reports.TryGetValue(node, out var known) && known.At >= since;
    }
}
