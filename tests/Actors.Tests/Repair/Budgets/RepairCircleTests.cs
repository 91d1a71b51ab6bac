using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Nodes that repair each other in a circle, with as few places as there can be. On one thread and in virtual time.</summary>
/// <remarks>
/// The order of things is that of <see cref="RepairWorker"/>: the own place first, then the question to the source, which takes it or refuses it at once; after a
/// refusal the own place is given back before the pause.
/// </remarks>
public sealed class RepairCircleTests : IDisposable
{
    private const int Nodes = 3, Extents = 20;
    private static readonly TimeSpan Transfer = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = new RepairSettings().TokenPause;
    private readonly VirtualTime _time = new();
    private readonly List<TrafficBudgets> _nodes = [];
    private int _repaired, _refused, _underWay, _mostUnderWay;

    public RepairCircleTests() => Elsewhere.Simulate(static _ => throw new InvalidOperationException("nothing here leaves the thread"));

    public void Dispose() => Elsewhere.Simulate(null);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Three_nodes_with_one_place_each_that_all_fetch_from_each_other_all_come_to_an_end(int streams)
    {
        SynchronizationContext.SetSynchronizationContext(null); // with that of xunit what is awaited would go on elsewhere
        var settings = new BudgetSettings { Repair = new(Streams: 1, 0, 0), ServesPerDisk = 1, StreamsFromPeer = 1, StreamsToPeer = 1 };
        for (var node = 0; node < Nodes; node++) _nodes.Add(new TrafficBudgets(settings, ["/disk0"], _time, static () => 1));
        var streamsUnderWay = new List<Task>();
        for (var node = 0; node < Nodes; node++)
            for (var stream = 0; stream < streams; stream++)
                streamsUnderWay.Add(FetchAsync(node, stream));
        // More than enough, if every transfer and every pause came one after the other.
        _time.Advance((Transfer + Pause) * Nodes * streams * Extents);
        Assert.All(streamsUnderWay, stream => Assert.True(stream.IsCompletedSuccessfully));
        Assert.Equal(Nodes * streams * Extents, _repaired);
        Assert.True(_refused > 0, "nobody ever met a source that was busy: the test proves nothing");
        Assert.True(_mostUnderWay > 1, "the nodes never worked at the same time");
        foreach (var node in _nodes)
        {
            var figures = node.Figures();
            Assert.Equal((0, 0, 0), (figures.Repairing, figures.Disks[0].Serving, figures.Disks[0].Classes.Sum(one => one.Running + one.Waiting)));
        }
    }

    private async Task FetchAsync(int node, int stream)
    {
        for (var extent = 0; extent < Extents; extent++)
        {
            // To the right and to the left in turns, and some with a step more: so that two often want the same source.
            var source = (node + 1 + ((extent + stream + (node == 0 ? 1 : 0)) % (Nodes - 1))) % Nodes;
            while (!await TryFetchAsync(node, source).ConfigureAwait(false)) await Task.Delay(Pause, _time).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryFetchAsync(int node, int source)
    {
        using var own = await _nodes[node].PerDisk[0].EnterAsync(TrafficClass.Repair, Address(source), 1, CancellationToken.None).ConfigureAwait(false);
        using var theirs = _nodes[source].PerDisk[0].TryServe(Address(node), 1);
        if (theirs is null)
        {
            _refused++;
            return false;
        }

        _mostUnderWay = Math.Max(_mostUnderWay, ++_underWay);
        await Task.Delay(Transfer, _time).ConfigureAwait(false);
        _underWay--;
        _repaired++;
        return true;
    }

    private static string Address(int node) => $"10.0.0.{node + 1}:17310";
}
