using Akka.Actor;
using Xunit.Sdk;

namespace CubeActors.TestKit.Tests;

public sealed class ExpectationTests : ActorTest
{
    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    [Fact]
    public void An_answer_of_an_actor_reaches_the_test_without_naming_a_sender()
    {
        ActorOf<Echo>().Tell("hello");
        Assert.Equal("hello", ExpectMsg<string>());
    }

    [Fact]
    public void A_message_that_does_not_come_fails_at_once_and_lists_what_came_before()
    {
        ActorOf<Echo>("echo").Tell("hello");
        ExpectMsg("hello");
        var failure = Assert.Throws<XunitException>(() => ExpectMsg<int>(TimeSpan.FromHours(1)));
        Assert.Contains("Expected a message [Int32], but nothing came.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("1. +00:00:00 [String] \"hello\" from akka://test/user/echo", failure.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.Zero, Time.Elapsed);
    }
}
