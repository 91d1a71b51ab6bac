using Akka.Actor;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Actors are asked, and what they do not say nobody makes up.</summary>
public sealed class ActorTreeTests : ActorTest
{
    private readonly ActorRecords _records;
    private IActorRef _root = ActorRefs.Nobody;

    public ActorTreeTests()
    {
        _records = ActorRecords.Of(Sys);
        _records.Time = Time;
    }

    [Fact]
    public void Each_actor_tells_what_it_is_whatever_state_it_is_in()
    {
        Begin();
        var tree = Look("", 9)!;
        Assert.Equal(("root", "parent", "calm", true), (tree.Path, tree.Kind, tree.State, tree.HasAnswered));
        Assert.Equal([new ActorDetail("children", "2")], tree.Details); // what is null or empty is left out
        Assert.Equal(["root/one", "root/two"], tree.Children.Select(child => child.Path).Order());
        Assert.Equal(Time.GetUtcNow(), tree.StartedAt);

        _root.Tell("stun");
        RunUntilIdle();
        Assert.Equal("stunned", Look("", 0)!.State); // a state that takes nothing else
    }

    [Fact]
    public void A_look_goes_as_deep_as_is_asked_and_says_what_it_leaves_out()
    {
        Begin();
        var tree = Look("", 0)!;
        Assert.Empty(tree.Children);
        Assert.Equal(2, tree.Omitted);
    }

    [Theory]
    [InlineData("/user/root/one")]
    [InlineData("root/one")]
    [InlineData("one")]
    public void One_actor_is_found_by_its_path(string path)
    {
        Begin();
        Assert.Equal(("root/one", "child"), (Look(path, 0)!.Path, Look(path, 0)!.Kind));
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        Assert.Null(Look("", 1)); // before the start
        Begin();
        Assert.Null(Look("three", 1));
        Assert.Null(Look("one/below", 1));
    }

    [Fact]
    public void An_actor_that_does_not_answer_within_its_time_is_shown_without_an_answer()
    {
        _root = Sys.ActorOf(ActorMaker.PropsBy(() => new Mute()), "mute");
        var look = Tree().LookAsync("", 9, CancellationToken.None);
        Until(() => Time.IsDueIn(ActorTree.AnswerLimit), "it is asked");
        Advance(ActorTree.AnswerLimit);
        Until(() => look.IsCompleted, "the look is over");
        var mute = Await(look)!;
        Assert.Equal(("mute", ActorTree.NoAnswer, "", false), (mute.Path, mute.State, mute.Kind, mute.HasAnswered));
    }

    [Fact]
    public void Restarts_and_the_last_failure_are_told_and_a_child_that_is_lost_too()
    {
        Begin();
        EventFilter.Exception<InvalidOperationException>().Expect(2, () =>
        {
            _root.Tell(("one", "the first"));
            _root.Tell(("one", "the second"));
            RunUntilIdle();
        });
        var one = Look("one", 0)!;
        Assert.Equal((2, "Restart", "InvalidOperationException: the second"), (one.Restarts, one.LastFailure!.Directive, one.LastFailure.Message));

        EventFilter.Exception<NotSupportedException>().ExpectOne(() =>
        {
            _root.Tell(("two", "stop"));
            RunUntilIdle();
        });
        var root = Look("", 1)!;
        Assert.Equal(["root/one"], root.Children.Select(child => child.Path));
        Assert.Equal(("two", "Stop", "NotSupportedException: stop"), (root.Lost.Single().Name, root.Lost[0].Directive, root.Lost[0].Message));
        Assert.Equal(Time.GetUtcNow(), root.Lost[0].At);
    }

    [Fact]
    public void A_description_that_fails_is_told_and_ends_nothing()
    {
        Begin();
        _root.Tell("spoil");
        RunUntilIdle();
        Assert.Equal("cannot describe itself", Look("", 0)!.State);
        _root.Tell("mend");
        RunUntilIdle();
        Assert.Equal("calm", Look("", 0)!.State);
    }

    [Fact]
    public void Failures_are_remembered_up_to_a_number_and_the_oldest_is_forgotten()
    {
        var root = new RootActorPath(Address.AllSystems) / "user" / "parent";
        for (var i = 0; i <= ActorRecords.KeptMax; i++)
        {
            _records.Note(root / $"{i}", Directive.Stop, new IOException(new string('x', 5000)));
            Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(_records.Find(root / "0"));
        Assert.InRange(_records.Find(root / "1")!.LastFailure.Message.Length, 100, 500);
        Assert.Equal(ActorRecords.KeptMax, _records.Lost(root, []).Count);
    }

    private void Begin()
    {
        _root = Sys.ActorOf(ActorMaker.PropsBy(() => new Parent()), "root");
        RunUntilIdle();
    }

    private ActorView? Look(string path, int depth)
    {
        var look = Tree().LookAsync(path, depth, CancellationToken.None);
        Until(() => look.IsCompleted, "the look is over");
        return look.Result;
    }

    private void Until(Func<bool> condition, string what) => Assert.True(Loop.RunUntil(condition, Patience.Long), what);

    private ActorTree Tree() => new(() => _root.IsNobody() ? null : _root, _records, Time);

    private sealed class Parent : ReportingActor
    {
        private string? _state = "calm";

        public Parent()
        {
            Receive<(string Child, string Text)>(poke => Context.Child(poke.Child).Tell(poke.Text));
            Receive<string>(word => word == "stun", _ =>
            {
                _state = "stunned";
                Become(() => Receive<int>(_ => { }));
            });
            Receive<string>(word => _state = word == "spoil" ? null : "calm");
        }

        protected override ActorState Describe() => Say("parent", _state!.ToString(), ("nothing", null), ("empty", ""), ("children", Context.GetChildren().Count()));

        protected override void PreStart()
        {
            Context.ActorOf(ActorMaker.PropsBy(() => new Child()), "one");
            Context.ActorOf(ActorMaker.PropsBy(() => new Child()), "two");
        }

        protected override SupervisorStrategy SupervisorStrategy() => Supervise(cause => cause is NotSupportedException ? Directive.Stop : Directive.Restart);
    }

    private sealed class Child : ReportingActor
    {
        public Child() => Receive<string>(text => throw (text == "stop" ? new NotSupportedException(text) : new InvalidOperationException(text)));

        protected override ActorState Describe() => Say("child", "idle");
    }

    private sealed class Mute : ReceiveActor
    {
        public Mute() => ReceiveAny(_ => { });
    }
}
