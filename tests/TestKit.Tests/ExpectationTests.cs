using Akka.Actor;
using Xunit.Sdk;

namespace CubeActors.TestKit.Tests;

public sealed class ExpectationTests : ActorTest
{
    private IActorRef Echo => ActorOf<EchoActor>();

    [Fact]
    public void An_answer_reaches_the_test_without_naming_a_sender()
    {
        Echo.Tell("hello");
        Assert.Equal("hello", ExpectMsg<string>());
        Assert.Equal("hello", LastMessage);
    }

    [Fact]
    public void A_message_that_does_not_come_fails_at_once_and_says_what_came_and_where_time_stands()
    {
        ActorOf<EchoActor>("echo").Tell("hello");
        ExpectMsg("hello");
        Advance(TimeSpan.FromSeconds(2));
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(5), TestActor, "later", TestActor);
        var text = FailureOf(() => ExpectMsg<int>(TimeSpan.FromHours(1), "the number"));
        Assert.Contains("Expected a message [Int32], but nothing came. (the number)", text, StringComparison.Ordinal);
        Assert.Contains("1. +00:00:00 [String] \"hello\" from akka://test/user/echo", text, StringComparison.Ordinal);
        Assert.Contains("virtual time is +00:00:02, the next timer is due at +00:00:07", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_lists_what_was_logged()
    {
        Sys.Log.Warning("the disk is slow");
        Assert.Contains("the disk is slow", FailureOf(() => ExpectMsg<int>()), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_type_another_value_and_another_sender_fail()
    {
        var echo = Echo;
        echo.Tell("a");
        Assert.Contains("there came [String] \"a\"", FailureOf(() => ExpectMsg<int>()), StringComparison.Ordinal);
        echo.Tell("a");
        Assert.Contains("equal to [String] \"b\", but there came another", FailureOf(() => ExpectMsg("b")), StringComparison.Ordinal);
        echo.Tell("a");
        FailureOf(() => ExpectMsg<string>(m => m == "b"));
        echo.Tell("a");
        FailureOf(() => ExpectMsgFrom<string>(TestActor));
        echo.Tell("a");
        ExpectMsgFrom(echo, "a");
        echo.Tell("a");
        ExpectMsg<string>(m => Assert.Equal("a", m));
    }

    [Fact]
    public void Any_of_and_all_of_accept_every_order_and_nothing_else()
    {
        var echo = Echo;
        foreach (var m in (string[])["b", "a", "a"]) echo.Tell(m);
        ExpectMsgAllOf("a", "a", "b");
        echo.Tell("b");
        Assert.Equal("b", ExpectMsgAnyOf("a", "b"));
        echo.Tell("c");
        FailureOf(() => ExpectMsgAnyOf("a", "b"));
        echo.Tell("a");
        echo.Tell("c");
        FailureOf(() => ExpectMsgAllOf("a", "b"));
        echo.Tell("a");
        Assert.Contains("{[String] \"b\"} did not come", FailureOf(() => ExpectMsgAllOf("a", "b")), StringComparison.Ordinal);
    }

    [Fact]
    public void Expecting_no_message_lets_just_so_much_virtual_time_pass()
    {
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(3), TestActor, "tick", TestActor);
        ExpectNoMsg();
        ExpectNoMsg(TimeSpan.FromSeconds(2.9));
        Assert.Equal(TimeSpan.FromSeconds(2.9), Time.Elapsed);
        Assert.Contains("there came [String] \"tick\"", FailureOf(() => ExpectNoMsg(TimeSpan.FromSeconds(10))), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(3), Time.Elapsed);
    }

    [Fact]
    public void Fishing_skips_what_does_not_fit()
    {
        var echo = Echo;
        foreach (var m in (object[])["a", 1, "b", 2]) echo.Tell(m);
        Assert.Equal(2, FishForMessage<int>(n => n > 1));
        echo.Tell("c");
        Assert.Contains("1 were skipped", FailureOf(() => FishForMessage(m => m is int)), StringComparison.Ordinal);
    }

    [Fact]
    public void Receiving_takes_what_there_is()
    {
        var echo = Echo;
        Assert.Null(ReceiveOne());
        Assert.False(HasMessages);
        foreach (var m in (object[])[1, 2, 3]) echo.Tell(m);
        Assert.True(HasMessages);
        Assert.Equal(1, ReceiveOne());
        Assert.Equal([2, 3], ReceiveN(2));
        Assert.Contains("only 0 came", FailureOf(() => ReceiveN(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_watched_actor_that_stops_is_reported_and_an_unwatched_one_is_not()
    {
        var (seen, unseen) = (Watch(Echo), Watch(Echo));
        Unwatch(unseen);
        Sys.Stop(unseen);
        Sys.Stop(seen);
        ExpectTerminated(seen);
        ExpectNoMsg();
    }

    [Fact]
    public void Ignored_messages_do_not_reach_the_inbox_until_none_are_ignored()
    {
        var echo = Echo;
        IgnoreMessages<string>(m => m == "noise");
        echo.Tell("noise");
        echo.Tell("signal");
        ExpectMsg("signal");
        IgnoreNoMessages();
        echo.Tell("noise");
        ExpectMsg("noise");
    }

    [Fact]
    public void A_block_within_virtual_time_is_held_to_its_limits()
    {
        Within(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), () => Advance(TimeSpan.FromSeconds(1.5)));
        FailureOf(() => Within(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), () => { }));
        FailureOf(() => Within(TimeSpan.FromSeconds(2), () => Advance(TimeSpan.FromSeconds(3))));
        FailureOf(() => Within(TimeSpan.FromSeconds(2), () =>
        {
            Advance(TimeSpan.FromSeconds(3));
            Echo.Tell("late");
            ExpectMsg("late");
        }));
        Assert.Equal(7, Within(TimeSpan.FromSeconds(2), () => 7));
        Assert.Equal(TimeSpan.FromSeconds(2), Within(TimeSpan.FromSeconds(2), () => Remaining));
    }

    [Fact]
    public void Awaiting_lets_virtual_time_pass_until_the_condition_holds()
    {
        var ticks = 0;
        Sys.Scheduler.Advanced.ScheduleRepeatedly(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), () => ticks++);
        AwaitAssert(() => Assert.Equal(2, ticks));
        Assert.Equal(TimeSpan.FromSeconds(2), Time.Elapsed);
        AwaitCondition(() => ticks == 3);
        Assert.Throws<EqualException>(() => AwaitAssert(() => Assert.Equal(100, ticks), TimeSpan.FromSeconds(1)));
        FailureOf(() => AwaitCondition(() => false, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromSeconds(5), Time.Elapsed);
    }

    [Fact]
    public void The_object_behind_an_actor_is_in_reach_and_new_after_a_restart()
    {
        var actor = ActorOfAsTestActorRef<EchoActor>(Props.Create(() => new EchoActor()));
        var before = actor.UnderlyingActor;
        EventFilter.Exception<InvalidOperationException>().ExpectOne(() => actor.Tell(new EchoActor.Crash()));
        Assert.NotSame(before, actor.UnderlyingActor);
    }

    private static string FailureOf(Action action) => Assert.ThrowsAny<XunitException>(action).Message;
}
