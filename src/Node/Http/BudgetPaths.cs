using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The budgets of repair, scrubbing and deletes, by disk and by peer. Ours: CubeFS has no such path.</summary>
internal static class BudgetPaths
{
    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return OperatorPath.At("/cubeactors/budgets", _ => BudgetReplies.Show(desk.Surface()?.Budgets() ?? BudgetFigures.None));
    }
}

/// <summary>The same as JSON. Pure: figures in, reply out.</summary>
internal static class BudgetReplies
{
    public static OperatorReply Show(BudgetFigures budgets) => OperatorReply.Ok(ViewOf(budgets), OperatorJson.Default.BudgetView);

    public static BudgetView ViewOf(BudgetFigures budgets) => new(
        budgets.RepairsMax, budgets.Repairing,
        [.. budgets.Disks.Select(disk => new DiskBudgetView(
            disk.Path, disk.Step, Math.Round(disk.Pressure, 3), disk.Serving, disk.RefusedServes, [.. disk.Classes.Select(Of)]))],
        [.. budgets.Peers.Select(peer => new PeerView(peer.Address, peer.Fetching, peer.Waiting, peer.Serving, peer.BytesFetched, peer.BytesServed, peer.Refused))]);

    /// <summary>As in labels of metrics.</summary>
    public static string NameOf(TrafficClass kind) => kind switch
    {
        TrafficClass.Repair => "repair",
        TrafficClass.Scrub => "scrub",
        TrafficClass.Delete => "delete",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static TrafficView Of(TrafficFigures one) => new(
        NameOf(one.Class), one.StreamsMax, one.Running, one.Waiting, one.Rate, one.Entered, one.Amount, Math.Round(one.Waited.TotalSeconds, 3), Math.Round(one.Paced.TotalSeconds, 3), one.Refused);
}

/// <inheritdoc cref="BudgetFigures"/>
internal sealed record BudgetView(int RepairsMax, int Repairing, IReadOnlyList<DiskBudgetView> Disks, IReadOnlyList<PeerView> Peers);

/// <inheritdoc cref="DiskBudgetFigures"/>
internal sealed record DiskBudgetView(string Path, int Step, double Pressure, int Serving, long RefusedServes, IReadOnlyList<TrafficView> Classes);

/// <inheritdoc cref="TrafficFigures"/>
internal sealed record TrafficView(string Class, int StreamsMax, int Running, int Waiting, long Rate, long Entered, long Amount, double WaitedSeconds, double PacedSeconds, long Refused);

/// <inheritdoc cref="PeerFigures"/>
internal sealed record PeerView(string Address, int Fetching, int Waiting, int Serving, long BytesFetched, long BytesServed, long Refused);
