using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Metrics of the budgets. Pure: figures in, text out.</summary>
internal static class BudgetMetrics
{
    /// <summary>Peers with series of their own: those with whom most was moved. A cluster may have thousands.</summary>
    public const int PeersMax = 32;

    public static void Write(MetricText text, BudgetFigures budgets)
    {
        Disks(text, "cubeactors_budget_pressure", "Of clients on a disk in the last quarter of a second; from 1 on they count as busy, and background work falls to its floors.", budgets, disk => disk.Pressure);
        Disks(text, "cubeactors_budget_step", "Up to 0: background work of the disk is held at its floors; 10: it may do as much as its limits allow.", budgets, disk => disk.Step);
        Disks(text, "cubeactors_budget_serving", "Repair reads of other nodes that the disk serves.", budgets, disk => disk.Serving);
        Classes(text, "cubeactors_budget_running", "gauge", "Streams of background work.", budgets, one => one.Running);
        Classes(text, "cubeactors_budget_waiting", "gauge", "Streams that wait for a place.", budgets, one => one.Waiting);
        Classes(text, "cubeactors_budget_rate", "gauge", "Bytes (delete: pieces) a second that they may move now; 0 is no limit.", budgets, one => one.Rate);
        Classes(text, "cubeactors_budget_entered_total", "counter", "Places that were given.", budgets, one => one.Entered);
        Classes(text, "cubeactors_budget_amount_total", "counter", "Bytes (delete: pieces) that were granted.", budgets, one => one.Amount);
        Classes(text, "cubeactors_budget_waited_seconds_total", "counter", "Time that was waited for places.", budgets, one => one.Waited.TotalSeconds);
        Classes(text, "cubeactors_budget_paced_seconds_total", "counter", "Time that was waited for the rate.", budgets, one => one.Paced.TotalSeconds);
        Classes(text, "cubeactors_budget_refused_total", "counter", "Work that was left for another time.", budgets, one => one.Refused);
        text.Family("cubeactors_budget_serves_refused_total", "counter", "Repair reads of other nodes that were told to come again.");
        foreach (var disk in budgets.Disks) text.Sample("cubeactors_budget_serves_refused_total", disk.RefusedServes, ("disk", disk.Path));
        var peers = budgets.Peers.OrderByDescending(peer => peer.BytesFetched + peer.BytesServed).ThenBy(peer => peer.Address, StringComparer.Ordinal).Take(PeersMax).ToList();
        Peers(text, "cubeactors_budget_peer_fetching", "gauge", "Streams that fetch from a peer.", peers, peer => peer.Fetching);
        Peers(text, "cubeactors_budget_peer_serving", "gauge", "Repair reads of a peer that are served.", peers, peer => peer.Serving);
        Peers(text, "cubeactors_budget_peer_fetched_bytes_total", "counter", "Bytes granted to be fetched from a peer.", peers, peer => peer.BytesFetched);
        Peers(text, "cubeactors_budget_peer_served_bytes_total", "counter", "Bytes granted to a peer.", peers, peer => peer.BytesServed);
    }

    private static void Disks(MetricText text, string name, string help, BudgetFigures budgets, Func<DiskBudgetFigures, double> of)
    {
        text.Family(name, "gauge", help);
        foreach (var disk in budgets.Disks) text.Sample(name, of(disk), ("disk", disk.Path));
    }

    private static void Classes(MetricText text, string name, string type, string help, BudgetFigures budgets, Func<TrafficFigures, double> of)
    {
        text.Family(name, type, help);
        foreach (var disk in budgets.Disks)
            foreach (var one in disk.Classes) text.Sample(name, of(one), ("class", BudgetReplies.NameOf(one.Class)), ("disk", disk.Path));
    }

    private static void Peers(MetricText text, string name, string type, string help, IReadOnlyList<PeerFigures> peers, Func<PeerFigures, double> of)
    {
        text.Family(name, type, help);
        foreach (var peer in peers) text.Sample(name, of(peer), ("peer", peer.Address));
    }
}
