using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Draining one of three real nodes: another one leads, everything goes on, and it can be taken back.</summary>
public sealed class DrainedNodeTests : ThreeNodes
{
    [Fact]
    public async Task A_drained_leader_hands_over_serves_on_takes_no_leadership_and_takes_it_again_afterwards()
    {
        await OverwriteAsync(0, "one"u8.ToArray());
        await AllHoldAsync(0, "one"u8.ToArray());
        var drained = await LeaderAsync();
        var drain = Nodes[drained].Surface.Drain;
        Assert.Null(drain.Begin());

        await Patience.UntilAsync(() => drain.Status.IsDone);
        // Whether it was asked or had lost the leadership before: another one is to lead.
        Assert.Equal(0, drain.Status.StillLed);
        Assert.NotEqual(drained, await OverwriteAsync(3, "two"u8.ToArray()));
        await AllHoldAsync(0, "onetwo"u8.ToArray()); // the drained one acknowledges, applies and serves reads
        var refused = await TryToLeaderAsync(drained);
        Assert.True(refused.Header.Result != ResultCode.Ok && refused.Text.Contains("leaves it to others to lead", StringComparison.Ordinal), refused.Text);

        Assert.Null(drain.Cancel());
        await Patience.UntilAsync(() => !drain.Status.IsDraining);
        var group = Nodes[drained].GateOf(Partition).Raft!;
        for (var attempt = 0; !group.Leads; attempt++)
        {
            Assert.True(attempt < 20, "it never came to lead again");
            var before = group.Status.Term;
            Assert.Equal(ResultCode.Ok, (await TryToLeaderAsync(drained)).Header.Result);
            await Patience.UntilAsync(() => group.Leads || (group.Status.Term > before && group.Status.Leader != default));
        }
    }

    [Fact]
    public async Task A_leader_that_stops_has_handed_over_before_it_is_gone()
    {
        await OverwriteAsync(0, "one"u8.ToArray());
        await AllHoldAsync(0, "one"u8.ToArray());
        var stopped = await LeaderAsync();
        var drain = Nodes[stopped].Surface.Drain;

        await StopAsync(stopped);

        Assert.Equal((true, true, 0), (drain.Status.IsStopping, drain.Status.IsDone, drain.Status.StillLed));
        await OverwriteAsync(3, "two"u8.ToArray());
        await AllHoldAsync(0, "onetwo"u8.ToArray());
    }
}
