using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Goal: what a follower is sent is what the leader's trace is made of, so that both find the same trace. Method: a node that leads, and scripted followers.</summary>
public sealed class ForwardedTraceTests : NodeTest
{
    private const ulong Partition = 21;
    private readonly Recorder _trace = new();

    private protected override NodeOptions Options => new() { Spans = _trace };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition, "192.168.0.32:17310", "192.168.0.33:17310");
        _trace.Seen.Clear();
    }

    [Fact]
    public async Task Leader_and_followers_have_the_same_key_also_where_the_leader_chose_the_place()
    {
        var (first, second) = (Keep(new ScriptedFollower(ScriptedFollower.Ok)), Keep(new ScriptedFollower(ScriptedFollower.Ok)));
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.TinyAppend(Partition, 77, "hello"u8.ToArray(), first.Address, second.Address));
        await Patience.UntilAsync(() => !_trace.Seen.IsEmpty);
        var led = Assert.Single(_trace.Seen);
        Assert.Equal((77L, false, 2), (led.Key.RequestId, led.IsForwarded, led.Followers));
        Assert.Contains(RequestPhase.Followers, led.Phases.Select(phase => phase.Phase));

        // What the follower got, sent to a node of ours as its follower would get it.
        var hop = (await first.NextAsync()).Packet;
        using var leader = await Node.ConnectAsync();
        await leader.AskAsync(Requests.Build(hop.Header, hop.Arg, hop.Data));
        await Patience.UntilAsync(() => _trace.Seen.Count == 2);
        var followed = _trace.Seen.Last();
        Assert.Equal((led.Key, true, 0), (followed.Key, followed.IsForwarded, followed.Followers));
    }

    private sealed class Recorder : ITraceSink
    {
        public ConcurrentQueue<TracedRequest> Seen { get; } = new();

        public bool Wants(in RequestKey request, bool isSlow) => true;

        public void Answered(in TracedRequest request) => Seen.Enqueue(request);

        public void Ended(OperationEntry operation)
        {
        }
    }
}
