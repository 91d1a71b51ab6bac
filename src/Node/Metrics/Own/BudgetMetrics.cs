using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Budgets of repair, scrubbing and deletes.</summary>
internal static class BudgetMetrics
{
    /// <summary>Peers with series of their own: those with whom most was moved. A cluster may have thousands.</summary>
    public const int PeersMax = 32;

    public static readonly MetricSection Section = new("Budgets of background work");

    private static readonly MetricFamily Pressure =
        Section.Gauge("cubeactors_budget_pressure", "Of clients on a disk in the last quarter of a second; from 1 on they count as busy, and background work falls to its floors.", "disk");
    private static readonly MetricFamily Step =
        Section.Gauge("cubeactors_budget_step", "Up to 0: background work of the disk is held at its floors; 10: it may do as much as its limits allow.", "disk");
    private static readonly MetricFamily Serving = Section.Gauge("cubeactors_budget_serving", "Repair reads of other nodes that the disk serves.", "disk");
    private static readonly MetricFamily Running = Section.Gauge("cubeactors_budget_running", "Streams of background work.", "class", "disk");
    private static readonly MetricFamily Waiting = Section.Gauge("cubeactors_budget_waiting", "Streams that wait for a place.", "class", "disk");
    private static readonly MetricFamily Rate = Section.Gauge("cubeactors_budget_rate", "Bytes (delete: pieces) a second that they may move now; 0 is no limit.", "class", "disk");
    private static readonly MetricFamily Entered = Section.Counter("cubeactors_budget_entered_total", "Places that were given.", "class", "disk");
    private static readonly MetricFamily Amount = Section.Counter("cubeactors_budget_amount_total", "Bytes (delete: pieces) that were granted.", "class", "disk");
    private static readonly MetricFamily Waited = Section.Counter("cubeactors_budget_waited_seconds_total", "Time that was waited for places.", "class", "disk");
    private static readonly MetricFamily Paced = Section.Counter("cubeactors_budget_paced_seconds_total", "Time that was waited for the rate.", "class", "disk");
    private static readonly MetricFamily Refused = Section.Counter("cubeactors_budget_refused_total", "Work that was left for another time.", "class", "disk");
    private static readonly MetricFamily ServesRefused = Section.Counter("cubeactors_budget_serves_refused_total", "Repair reads of other nodes that were told to come again.", "disk");
    private static readonly MetricFamily PeerFetching = Section.Gauge("cubeactors_budget_peer_fetching", "Streams that fetch from a peer.", "peer");
    private static readonly MetricFamily PeerServing = Section.Gauge("cubeactors_budget_peer_serving", "Repair reads of a peer that are served.", "peer");
    private static readonly MetricFamily PeerFetched = Section.Counter("cubeactors_budget_peer_fetched_bytes_total", "Bytes granted to be fetched from a peer.", "peer");
    private static readonly MetricFamily PeerServed = Section.Counter("cubeactors_budget_peer_served_bytes_total", "Bytes granted to a peer.", "peer");

    public static void Write(IMetricSink sink, BudgetFigures budgets)
    {
        Disks(Pressure, disk => disk.Pressure);
        Disks(Step, disk => disk.Step);
        Disks(Serving, disk => disk.Serving);
        Classes(Running, one => one.Running);
        Classes(Waiting, one => one.Waiting);
        Classes(Rate, one => one.Rate);
        Classes(Entered, one => one.Entered);
        Classes(Amount, one => one.Amount);
        Classes(Waited, one => one.Waited.TotalSeconds);
        Classes(Paced, one => one.Paced.TotalSeconds);
        Classes(Refused, one => one.Refused);
        Disks(ServesRefused, disk => disk.RefusedServes);
        var peers = budgets.Peers.OrderByDescending(peer => peer.BytesFetched + peer.BytesServed).ThenBy(peer => peer.Address, StringComparer.Ordinal).Take(PeersMax).ToList();
        sink.Each(PeerFetching, peers, peer => peer.Fetching, peer => peer.Address);
        sink.Each(PeerServing, peers, peer => peer.Serving, peer => peer.Address);
        sink.Each(PeerFetched, peers, peer => peer.BytesFetched, peer => peer.Address);
        sink.Each(PeerServed, peers, peer => peer.BytesServed, peer => peer.Address);

        void Disks(MetricFamily family, Func<DiskBudgetFigures, double> of) => sink.Each(family, budgets.Disks, of, disk => disk.Path);

        void Classes(MetricFamily family, Func<TrafficFigures, double> of)
        {
            sink.Begin(family);
            foreach (var disk in budgets.Disks)
                foreach (var one in disk.Classes) sink.Sample(of(one), BudgetReplies.NameOf(one.Class), disk.Path);
        }
    }
}
