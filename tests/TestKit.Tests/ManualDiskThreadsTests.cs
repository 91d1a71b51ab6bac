using CubeActors.Runtime;
using CubeActors.TestKit.Work;

namespace CubeActors.TestKit.Tests;

public sealed class ManualDiskThreadsTests
{
    private readonly WorkLoop _loop = new();
    private readonly List<string> _done = [];
    private readonly ManualDiskThreads _threads;

    public ManualDiskThreadsTests() => _threads = new ManualDiskThreads(_loop);

    [Fact]
    public void Work_runs_with_the_loop_and_not_in_the_call_that_posts_it()
    {
        Assert.True(_threads.TryPost(Note("a")));
        Assert.Empty(_done);
        _loop.RunUntilIdle();
        Assert.Equal(["a"], _done);
    }

    [Fact]
    public void A_disk_that_is_held_runs_what_it_is_told_to_and_a_higher_class_first()
    {
        _threads.Hold();
        _threads.TryPost(Note("repair"), IoClass.Repair);
        _threads.TryPost(Note("load"), IoClass.Load);
        _threads.TryPost(Note("client"));
        _loop.RunUntilIdle();
        Assert.Empty(_done);
        Assert.Equal((3, 1), (_threads.Depth, _threads.DepthOf(IoClass.Load)));

        _threads.RunNext();
        Assert.Equal(["client"], _done);
        _threads.Resume();
        _loop.RunUntilIdle();
        Assert.Equal(["client", "load", "repair"], _done);
        Assert.Throws<InvalidOperationException>(_threads.RunNext);
    }

    [Fact]
    public void What_was_posted_before_the_hold_waits_as_well()
    {
        _threads.TryPost(Note("a"));
        _threads.Hold();
        _loop.RunUntilIdle();
        Assert.Empty(_done);
        _threads.Resume();
        _loop.RunUntilIdle();
        Assert.Equal(["a"], _done);
    }

    [Fact]
    public void A_full_queue_refuses_its_own_class_only()
    {
        _threads.Capacity = 1;
        _threads.Hold();
        Assert.True(_threads.TryPost(Note("a")));
        Assert.False(_threads.TryPost(Note("b")));
        Assert.True(_threads.TryPost(Note("c"), IoClass.Load));
    }

    private Recorded Note(string name) => new(() => _done.Add(name));

    private sealed class Recorded(Action work) : WorkItem
    {
        public override void Execute() => work();
    }
}
