using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane.Tests;

public sealed class ObjectScenarios : ClusterScenario
{
    private ulong Open(string name = "o") => Ask<IntentOpened>(new OpenPut(new OpenIntent("vol", name))).IntentId;

    private void Extend(ulong put, params ObjectExtent[] extents) => Ask<Done>(new ExtendPut(put, new AddExtents(extents)));

    private GarbageStatus Garbage => Ask<GarbageStatus>(new GetGarbage("vol"));

    private void Start()
    {
        StartNodes(2);
        CreateVolume();
    }

    [Fact]
    public void A_put_that_is_not_renewed_for_its_lease_becomes_garbage()
    {
        Start();
        var put = Open();
        Extend(put, Build.Normal(1, 1025, 0, 10));
        Advance(ObjectRules.IntentLease - TimeSpan.FromSeconds(1));
        Assert.Equal(0, Garbage.PendingExtents);
        Extend(put); // renews
        Advance(ObjectRules.IntentLease - TimeSpan.FromSeconds(1));
        Assert.Equal(0, Garbage.PendingExtents);
        Advance(TimeSpan.FromSeconds(1) + Options.SweepPeriod);
        Assert.Equal((1L, 10L), (Garbage.PendingExtents, Garbage.PendingBytes));
        Assert.Contains("has ended", Ask<Refusal>(new CommitPut(put, new CommitIntent(Build.Sha256, []))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_restart_renews_every_lease_because_nobody_could()
    {
        Start();
        var put = Open();
        Extend(put, Build.Normal(1, 1025, 0, 10));
        Advance(ObjectRules.IntentLease - TimeSpan.FromSeconds(1));
        Restart();
        Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(10, Ask<ObjectEntry>(new CommitPut(put, new CommitIntent(Build.Sha256, [Build.Normal(1, 1025, 0, 10)]))).Size);
    }

    [Fact]
    public void A_commit_may_be_repeated_also_after_a_restart()
    {
        Start();
        var put = Open();
        var commit = new CommitPut(put, new CommitIntent(Build.Sha256, [Build.Normal(1, 1025, 0, 10)]));
        var first = Ask<ObjectEntry>(commit);
        Assert.Equal(first, Ask<ObjectEntry>(commit));
        Restart();
        Assert.Equal(first, Ask<ObjectEntry>(commit));
        Assert.Equal(0, Garbage.PendingExtents);
    }

    [Fact]
    public void The_collector_is_told_when_there_is_something_to_do()
    {
        Start();
        var put = Open();
        Extend(put, Build.Normal(1, 1025, 0, 10));
        RunUntilIdle();
        Collector.ExpectNoMsg();
        Ask<Done>(new AbortPut(put));
        Collector.ExpectMsg<GarbageAdded>();
        Ask<Done>(new AbortPut(put)); // again, and of a put that is gone
    }

    [Fact]
    public void Garbage_is_handed_out_by_partition_until_it_is_acknowledged_and_then_never_again()
    {
        Start();
        var put = Open();
        Extend(put, Build.Normal(1, 1025, 0, 10), Build.Tiny(1, 3, 4096, 5));
        Ask<Done>(new AbortPut(put));
        var batch = Ask<GarbageBatch>(new NextGarbage(new HashSet<ulong>()));
        Assert.Equal([new OwnedExtent(1, 1025, 0), new OwnedExtent(1, 3, 4096)], batch.Items.Select(item => item.Key));
        Ask<NoGarbage>(new NextGarbage(new HashSet<ulong> { 1 }));
        Cluster.Tell(new GarbageFailed(1, "it is down"), TestActor);
        Assert.Equal("it is down", Garbage.LastError);
        Restart();
        batch = Ask<GarbageBatch>(new NextGarbage(new HashSet<ulong>()));
        Ask<Done>(new GarbageGone(1, [.. batch.Items.Select(item => item.Id)]));
        Ask<NoGarbage>(new NextGarbage(new HashSet<ulong>()));
        Restart();
        Ask<NoGarbage>(new NextGarbage(new HashSet<ulong>()));
        Assert.Equal(new GarbageStatus(0, 0), Garbage);
    }

    [Fact]
    public void A_batch_has_at_most_128_elements()
    {
        Start();
        var put = Open();
        Extend(put, [.. Enumerable.Range(1, 200).Select(i => Build.Normal(1, 1024 + (ulong)i, 0, 1))]);
        Ask<Done>(new AbortPut(put));
        Assert.Equal(128, Ask<GarbageBatch>(new NextGarbage(new HashSet<ulong>())).Items.Count);
    }

    [Fact]
    public void Pages_of_a_listing_go_on_where_the_last_one_ended()
    {
        Start();
        foreach (var name in new[] { "a", "b", "c" }) Ask<ObjectEntry>(new CommitPut(Open(name), new CommitIntent(Build.Sha256, [])));
        var first = Ask<ObjectPage>(new ListObjects("vol", "", "", 2));
        Assert.Equal(["a", "b"], first.Objects.Select(entry => entry.Name));
        Assert.Equal("b", first.Next);
        var second = Ask<ObjectPage>(new ListObjects("vol", "", first.Next!, 2));
        Assert.Equal(["c"], second.Objects.Select(entry => entry.Name));
        Assert.Null(second.Next);
    }

    [Fact]
    public void A_removed_object_is_gone_and_its_bytes_are_garbage()
    {
        Start();
        Ask<ObjectEntry>(new CommitPut(Open(), new CommitIntent(Build.Sha256, [Build.Normal(1, 1025, 0, 10)])));
        Assert.Equal(new ObjectRemoved(1), Ask<ObjectRemoved>(new DropObject("vol", "o")));
        Assert.Contains("object not exists", Ask<Refusal>(new GetObject("vol", "o")).Message, StringComparison.Ordinal);
        Assert.Contains("object not exists", Ask<Refusal>(new DropObject("vol", "o")).Message, StringComparison.Ordinal);
        Assert.Equal((1L, 10L), (Garbage.PendingExtents, Garbage.PendingBytes));
    }

    [Fact]
    public void A_long_history_is_shortened_by_snapshots_and_still_complete()
    {
        Start();
        for (var i = 0; i < 600; i++) Ask<ObjectEntry>(new CommitPut(Open($"{i % 10}"), new CommitIntent(Build.Sha256, [])));
        RunUntilIdle();
        Restart();
        Assert.Equal(10, Ask<ObjectPage>(new ListObjects("vol", "", "", 100)).Objects.Count);
        Assert.Equal(601UL, Open());
    }
}
