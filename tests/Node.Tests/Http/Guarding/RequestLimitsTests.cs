using System.Net;

namespace CubeActors.Node.Tests;

/// <summary>What is counted, and what is one too many. Pure.</summary>
public sealed class RequestLimitsTests
{
    [Theory]
    [InlineData("/livez", RequestWeight.Probe, "/livez")]
    [InlineData("/READYZ", RequestWeight.Probe, "/READYZ")]
    [InlineData("/disks", RequestWeight.Light, "/disks")]
    [InlineData("/cubeactors/node", RequestWeight.Light, "/cubeactors/node")]
    [InlineData("/CubeActors/Actors", RequestWeight.Heavy, "/cubeactors/actors")] // one limit, however it is spelt
    [InlineData("/cubeactors/partitions/7/extents", RequestWeight.Heavy, "/cubeactors/partitions/extents")]
    [InlineData("/cubeactors/partitions/8/extents", RequestWeight.Heavy, "/cubeactors/partitions/extents")]
    [InlineData("/cubeactors/partitions/8", RequestWeight.Light, "/cubeactors/partitions/8")]
    [InlineData("/cubeactors/events", RequestWeight.Stream, "/cubeactors/events")]
    [InlineData("/metrics", RequestWeight.Heavy, "/metrics")]
    internal void A_path_weighs_what_it_costs(string path, RequestWeight weight, string route) => Assert.Equal((weight, route), (RequestWeights.Of(path, out var found), found));

    [Fact]
    public void Each_limit_holds_for_itself_and_ends_with_the_answer()
    {
        var limits = new RequestLimits(requestsMax: 3, heavyMax: 2, streamsMax: 1);
        Assert.Equal(Overload.None, limits.Enter(RequestWeight.Heavy, "a"));
        Assert.Equal(Overload.None, limits.Enter(RequestWeight.Heavy, "a"));
        Assert.Equal(Overload.OfPath, limits.Enter(RequestWeight.Heavy, "a"));
        Assert.Equal(Overload.None, limits.Enter(RequestWeight.Heavy, "b"));
        Assert.Equal(Overload.Requests, limits.Enter(RequestWeight.Light, "c"));
        Assert.Equal(Overload.None, limits.Enter(RequestWeight.Probe, "d"));
        Assert.Equal(Overload.None, limits.Enter(RequestWeight.Stream, "e"));
        Assert.Equal(Overload.Streams, limits.Enter(RequestWeight.Stream, "e"));

        limits.Leave(RequestWeight.Heavy, "a");
        Assert.Equal(Overload.None, limits.Enter(RequestWeight.Heavy, "a"));
        limits.Leave(RequestWeight.Stream, "e");
        Assert.Equal(Overload.None, limits.Enter(RequestWeight.Stream, "e"));
    }

    [Fact]
    public void Neither_one_address_nor_all_together_keep_this_machine_out()
    {
        var limits = new ConnectionLimits(connectionsMax: 3, perAddressMax: 2);
        var (one, other) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        Assert.True(limits.TryEnter(one));
        Assert.True(limits.TryEnter(one));
        Assert.False(limits.TryEnter(one));
        Assert.True(limits.TryEnter(other));
        Assert.False(limits.TryEnter(other)); // all together
        for (var i = 0; i < 3; i++) Assert.True(limits.TryEnter(null));
        Assert.False(limits.TryEnter(null));
        limits.Leave(one);
        Assert.True(limits.TryEnter(other));
    }

    [Fact]
    public void Every_reason_is_counted_under_its_own_name()
    {
        var counts = new HttpCounts();
        foreach (var refusal in Enum.GetValues<Refusal>().Where(refusal => refusal != Refusal.None)) counts.Count(refusal);
        foreach (var overload in Enum.GetValues<Overload>().Where(overload => overload != Overload.None)) counts.Count(overload);
        Assert.All(counts.Refused, reason => Assert.Equal(1, reason.Count));
        counts.Count(Refusal.WrongToken);
        Assert.Equal(2, counts.Refused.Single(reason => reason.Reason == "wrong_token").Count);
        counts.Count(Overload.Connections);
        Assert.Equal(2, counts.Refused.Single(reason => reason.Reason == "too_many_connections").Count);
    }
}
