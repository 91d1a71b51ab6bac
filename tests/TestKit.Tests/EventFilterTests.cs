using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using Xunit.Sdk;

namespace CubeActors.TestKit.Tests;

public sealed class EventFilterTests() : ActorTest("akka.loglevel = DEBUG")
{
    [Fact]
    public void An_exception_of_an_actor_is_counted_by_type_and_text()
    {
        var echo = ActorOf<EchoActor>("echo");
        EventFilter.Exception<InvalidOperationException>("told to crash", source: "echo").ExpectOne(() => echo.Tell(new EchoActor.Crash()));
        EventFilter.Exception<Exception>(new Regex("^told to")).Expect(2, () =>
        {
            echo.Tell(new EchoActor.Crash());
            echo.Tell(new EchoActor.Crash());
        });
    }

    [Fact]
    public void Too_few_and_too_many_events_fail()
    {
        Assert.Throws<XunitException>(() => EventFilter.Warning("w").ExpectOne(() => { }));
        Assert.Throws<XunitException>(() => EventFilter.Warning("w").ExpectOne(() =>
        {
            Sys.Log.Warning("w");
            Sys.Log.Warning("w");
        }));
        EventFilter.Warning("w").Expect(0, () => Sys.Log.Warning("v"));
    }

    [Fact]
    public void Each_level_has_its_filter()
    {
        EventFilter.Error(start: "some").ExpectOne(() => Sys.Log.Error("some error"));
        EventFilter.Warning(contains: "warn").ExpectOne(() => Sys.Log.Warning("some warning"));
        EventFilter.Info(new Regex("in.o$")).ExpectOne(() => Sys.Log.Info("some {0}", "info"));
        EventFilter.Debug("some debug").ExpectOne(() => Sys.Log.Debug("some debug"));
        EventFilter.Custom(e => e.LogLevel() == LogLevel.ErrorLevel).ExpectOne(() => Sys.Log.Error("any"));
        Assert.Equal(3, EventFilter.Info("x").ExpectOne(() =>
        {
            Sys.Log.Info("x");
            return 3;
        }));
    }

    [Fact]
    public void Dead_letters_are_counted()
    {
        var echo = ActorOf<EchoActor>();
        Watch(echo);
        Sys.Stop(echo);
        ExpectTerminated(echo);
        EventFilter.DeadLetter<string>(m => m == "late").ExpectOne(() => echo.Tell("late"));
    }
}
