using System.Net;
using CubeActors.Actors;
using CubeActors.Protocol;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node.Tests;

/// <summary>/cubeactors/drain: GET shows, POST begins, DELETE takes back, and not everybody may.</summary>
public sealed class DrainPathTests : OperatorPathTest
{
    [Fact]
    public async Task A_drain_is_shown_with_what_is_still_led_and_why()
    {
        Drain.Status = new DrainStatus(
            true, false, false, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), TimeSpan.FromSeconds(12.34),
            [new GroupDrain(new PartitionId(7), DrainStep.HandedOver, "127.0.0.12:17310", ""), new GroupDrain(new PartitionId(9), DrainStep.Led, "", "no other member is heard")], 3, 2);

        await AssertAsync(
            "/cubeactors/drain", 200, "",
            """{"state":"draining","since":"2026-01-02T03:04:05+00:00","secondsLeft":12.3,"groupsHandedOver":1,"groupsStillLed":1,"connections":3,"inFlight":2,"groups":[{"partition":7,"step":"HandedOver","to":"127.0.0.12:17310","why":""},{"partition":9,"step":"Led","to":"","why":"no other member is heard"}]}""");
        Assert.Empty(Drain.Orders);
    }

    [Fact]
    public async Task It_is_begun_by_POST_and_taken_back_by_DELETE_and_what_cannot_be_is_said()
    {
        Assert.Equal(200, (await PostAsync("/cubeactors/drain")).Code);
        Assert.Equal(200, (await SendAsync(HttpMethod.Delete, "/cubeactors/drain")).Code);
        Assert.Equal(["begin", "cancel"], Drain.Orders);

        Drain.Refusal = "the node is stopping, which is not taken back";
        Assert.Equal((409, """{"code":409,"msg":"the node is stopping, which is not taken back","data":null}"""), await SendAsync(HttpMethod.Delete, "/cubeactors/drain"));
        Assert.Equal(405, (await SendAsync(HttpMethod.Put, "/cubeactors/drain")).Code);

        Surface = null;
        Assert.Equal(503, (await GetAsync("/cubeactors/drain")).Code);
    }

    [Fact]
    public async Task Readiness_says_in_numbers_what_a_drain_has_still_to_do()
    {
        Status = Status with { Phase = NodePhase.Draining, NotReady = ["the node is drained by order"] };
        Drain.Status = new DrainStatus(
            true, false, false, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), TimeSpan.FromSeconds(12.34),
            [new GroupDrain(new PartitionId(7), DrainStep.HandedOver, "127.0.0.12:17310", ""), new GroupDrain(new PartitionId(9), DrainStep.Led, "", "no other member is heard")], 3, 2);
        var (code, body) = await GetAsync("/readyz");
        Assert.Equal(503, code);
        Assert.Contains("""
            "drain":{"state":"draining","secondsLeft":12.3,"groupsHandedOver":1,"groupsStillLed":1,"connections":3,"inFlight":2}
            """.Trim(), body, StringComparison.Ordinal);

        (Status, Drain.Status) = (Status with { Phase = NodePhase.Ready, NotReady = [] }, DrainStatus.None);
        Assert.DoesNotContain("drain", (await GetAsync("/readyz")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.5", "127.0.0.11", true)]
    [InlineData("10.0.0.7", "10.0.0.7", true)] // this machine, by an address of its own
    [InlineData("10.0.0.8", "10.0.0.7", false)]
    public void Without_a_token_only_this_machine_may_order(string remote, string local, bool may)
    {
        var context = new DefaultHttpContext();
        (context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress) = (IPAddress.Parse(remote), IPAddress.Parse(local));
        Assert.Equal(may ? Refusal.None : Refusal.NotLocal, OrderGuard.None.Judge(context.Request, Access.Order));
    }
}
