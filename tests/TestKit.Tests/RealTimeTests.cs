using Akka.Actor;
using Xunit.Sdk;

namespace CubeActors.TestKit.Tests;

/// <summary>The kit with Akka's own dispatchers and clock.</summary>
public sealed class RealTimeTests() : TestKit("akka.test.single-expect-default = 30s")
{
    [Fact]
    public void An_expectation_waits_for_other_threads()
    {
        var echo = Sys.ActorOf(Props.Create<EchoActor>());
        for (var i = 0; i < 1000; i++) echo.Tell(i);
        Assert.Equal(Enumerable.Range(0, 1000).Cast<object>(), ReceiveN(1000));
        Watch(echo);
        Sys.Stop(echo);
        ExpectTerminated(echo);
    }

    [Fact]
    public void A_message_that_does_not_come_in_time_fails()
    {
        Assert.False(IsVirtual);
        Assert.Throws<XunitException>(() => ExpectMsg<string>(TimeSpan.FromMilliseconds(1)));
        ExpectNoMsg(TimeSpan.FromMilliseconds(1));
        TestActor.Tell("early");
        Assert.Throws<XunitException>(() => ExpectNoMsg(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Virtual_time_is_refused() => Assert.Throws<InvalidOperationException>(() => Time);

    [Fact]
    public void A_filter_waits_for_its_events()
    {
        var echo = Sys.ActorOf(Props.Create<EchoActor>());
        EventFilter.Exception<InvalidOperationException>().Expect(3, () =>
        {
            for (var i = 0; i < 3; i++) echo.Tell(new EchoActor.Crash());
        });
    }

    [Fact]
    public void An_ask_is_awaited() => Assert.Equal(5, Await(Sys.ActorOf(Props.Create<EchoActor>()).Ask<int>(5)));

    [Fact]
    public void A_borrowed_system_outlives_its_kit()
    {
        using (var kit = new TestKit(Sys)) Sys.ActorOf(Props.Create<EchoActor>()).Tell("hello", kit.TestActor);
        Assert.False(Sys.WhenTerminated.IsCompleted);
    }
}
