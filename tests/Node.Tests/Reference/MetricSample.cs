using CubeActors.Actors;
using CubeActors.Protocol.Master;
using CubeActors.Raft;

namespace CubeActors.Node.Tests;

/// <summary>A page of metrics on which every family has a sample: what a node with one of each thing tells.</summary>
internal static class MetricSample
{
    /// <summary>Stand for what is different on each node: names of families are made of them.</summary>
    public const string Operation = "OPERATION", Cluster = "CLUSTER";

    public static string Write()
    {
        var text = new MetricText();
        var labels = new OperationLabels("photos", "7", "/data/disk1");
        OperationReading plain = new(Operation, labels, Latency), bare = new(Operation, null, Latency);
        CubeFsMetrics.Write(text, new MeterReading([plain], [bare], [bare], [bare], [new TransferReading(new TransferLabels("photos", "/data/disk1", "7"), "write", Latency)], Latency), Cluster);
        CubeFsMetrics.WriteNode(text, new DataNodeHeartbeatResponse(), Figures, 0, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "1.0.0");
        OwnMetrics.Write(text, new NodeStatus(NodePhase.Ready, [], 0, "", [new DiskFigures("/data/disk1", DiskState.Ready, 0, 0, 0, 0, 0, 0, "")], [ScriptedInspection.Figures]), Figures, new LogTally());
        ProcessMetrics.Write(text);
        return text.ToString();
    }

    private static LatencySnapshot Latency { get; } = new(LatencyBounds.Operations, new long[LatencyBounds.Operations.Microseconds.Count + 1], 0, 0);

    private static RaftFigures Raft { get; } = new(new Dictionary<RaftRole, int>(), 0, 0, 0, 0, 0, 0, 0, 0, 0, [("x", 0)], [("x", 0)], 0, 0);

    private static NodeFigures Figures { get; } = new(Cluster, 0, 0, 0, 0, 0, [new DiskQueue("/data/disk1", 0, 0)], Raft)
    {
        Repair = new RepairFigures(0, 0, 0, 0, 0, 0, 0),
        MismatchesByDoubt = [.. ReplyDoubtNames.All.Select(_ => 0L)],
        Operations = new OperationFigures(
            [new OperationKindFigures(OperationKind.Cycle, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)], [new OperationAlertFigures(OperationAlertKind.Stall, 0, 0)], IsKept: true, "", 0, 0, 0, 0, 0),
        Integrity = new IntegrityView(new IntegrityCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, [new ScrubFigures("/data/disk1", true, 0, 0, 0, 0, null, null)], []),
        Budgets = new BudgetFigures(
            0, 0, [new DiskBudgetFigures("/data/disk1", 0, 0, 0, 0, [new TrafficFigures(TrafficClass.Repair, 0, 0, 0, 0, 0, 0, default, default, 0)])], [new PeerFigures("192.0.2.7", 0, 0, 0, 0, 0, 0)]),
        Waits = [new WaitReading(Operation, WaitOutcome.Served, Latency)],
    };
}
