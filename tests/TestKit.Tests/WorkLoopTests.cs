using Akka.Actor;

namespace CubeActors.TestKit.Tests;

public sealed class WorkLoopTests : ActorTest
{
    private sealed class Piping : ReceiveActor
    {
        public Piping(Task<string> task, IActorRef listener)
        {
            task.PipeTo(Self);
            ReceiveAny(message => listener.Tell(message is Status.Failure failure ? failure.Cause.Message : message));
        }
    }

    private sealed class Awaiting : ReceiveActor
    {
        public Awaiting(Task<string> task, IActorRef listener)
        {
            ReceiveAsync<string>(async command =>
            {
                listener.Tell(command);
                listener.Tell(await task);
            });
        }
    }

    [Fact]
    public void A_completed_task_is_piped_before_Complete_returns()
    {
        var source = new TaskCompletionSource<string>();
        ActorOf(Props.Create(() => new Piping(source.Task, TestActor)));
        ExpectNoMsg();
        Complete(source, "done");
        ExpectMsg("done");
    }

    [Fact]
    public void A_faulted_task_is_piped_as_a_failure()
    {
        var source = new TaskCompletionSource<string>();
        ActorOf(Props.Create(() => new Piping(source.Task, TestActor)));
        RunUntilIdle();
        Fault(source, new IOException("broken"));
        ExpectMsg("broken");
    }

    [Fact]
    public void An_actor_that_awaits_goes_on_when_the_task_completes_and_serves_nothing_meanwhile()
    {
        var source = new TaskCompletionSource<string>();
        var actor = ActorOf(Props.Create(() => new Awaiting(source.Task, TestActor)));
        actor.Tell("first");
        actor.Tell("second");
        ExpectMsg("first");
        ExpectNoMsg();
        Complete(source, "done");
        ExpectMsg("done");
        ExpectMsg("second");
        ExpectMsg("done");
    }

    [Fact]
    public void A_source_whose_continuations_leave_the_thread_is_refused()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.Throws<InvalidOperationException>(() => Complete(source));
        Assert.Throws<InvalidOperationException>(() => Fault(source, new IOException()));
    }

    [Fact]
    public void An_ask_is_awaited_by_running_the_loop() =>
        Assert.Equal("hello", Await(ActorOf<EchoActor>().Ask<string>("hello")));

    [Fact]
    public void An_exception_of_posted_work_reaches_the_test()
    {
        Loop.Post(() => throw new IOException("posted"));
        Assert.Throws<IOException>(RunUntilIdle);
    }

    [Fact]
    public void Running_from_inside_the_work_is_refused()
    {
        Loop.Post(Loop.RunUntilIdle);
        Assert.Throws<InvalidOperationException>(RunUntilIdle);
    }

    [Fact]
    public void Work_that_never_ends_is_stopped()
    {
        Loop.Post(Again);
        Assert.Throws<InvalidOperationException>(RunUntilIdle);

        void Again() => Loop.Post(Again);
    }

    [Fact]
    public void A_dispatcher_of_the_code_under_test_can_be_put_on_the_loop()
    {
        using var kit = new DiskKit();
        kit.Sys.ActorOf(Props.Create<EchoActor>().WithDispatcher("disk-dispatcher")).Tell("hello", kit.TestActor);
        kit.ExpectMsg("hello");
    }

    [Fact]
    public void The_implicit_sender_is_the_outer_kits_again_after_an_inner_kit_ends()
    {
        using (var kit = new DiskKit())
        {
            kit.ActorOf<EchoActor>().Tell("inner");
            kit.ExpectMsg("inner");
        }
        ActorOf<EchoActor>().Tell("outer");
        ExpectMsg("outer");
    }

    [Fact]
    public void A_system_can_be_driven_without_a_kit_at_hand()
    {
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), TestActor, "tick", TestActor);
        Sys.Advance(TimeSpan.FromSeconds(1));
        Sys.RunUntilIdle();
        ExpectMsg("tick");
        using var real = new TestKit();
        Assert.Throws<InvalidOperationException>(real.Sys.RunUntilIdle);
    }

    private sealed class DiskKit() : ActorTest(OnLoop("disk-dispatcher"));

    [Fact]
    public void Two_runs_of_a_scenario_give_the_same_order_of_messages()
    {
        Assert.Equal(Run(), Run());

        static IEnumerable<object> Run()
        {
            using var kit = new TestKit(VirtualTimeConfig);
            var echoes = Enumerable.Range(0, 5).Select(_ => kit.ActorOf<EchoActor>()).ToArray();
            for (var i = 0; i < 100; i++)
            {
                echoes[i * 7 % 5].Tell(i, kit.TestActor);
                kit.Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(i * 13 % 10), echoes[i % 5], 1000 + i, kit.TestActor);
            }
            kit.Advance(TimeSpan.FromSeconds(1));
            return [.. kit.ReceiveN(200)];
        }
    }
}
