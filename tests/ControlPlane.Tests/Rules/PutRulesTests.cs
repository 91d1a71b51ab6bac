using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane.Tests;

public sealed class PutRulesTests
{
    private readonly ClusterState _state = Build.StateWith(Build.Partition(1, 1, 2), Build.Partition(2, 2, 3));

    private ulong Open(string name = "o", long? size = null)
    {
        var (opened, refused) = PutRules.Open(_state, new OpenIntent("vol", name, size));
        Assert.Null(refused);
        _state.Apply(opened!);
        return ((PutOpened)opened!).PutId;
    }

    private Refusal? Extend(ulong put, params ObjectExtent[] extents) => Apply(PutRules.Extend(_state, put, extents));

    private Refusal? Commit(ulong put, params ObjectExtent[] extents) =>
        Apply(PutRules.Commit(_state, put, new CommitIntent(Build.Sha256, extents), Build.Noon));

    private Refusal? Apply((ClusterEvent? Event, Refusal? Refused) outcome)
    {
        if (outcome.Event is { } happened) _state.Apply(happened);
        return outcome.Refused;
    }

    private IEnumerable<OwnedExtent> Garbage => _state.Objects.Garbage.Items.Select(item => item.Key);

    [Fact]
    public void A_commit_makes_the_object_and_what_the_put_did_not_use_becomes_garbage()
    {
        var put = Open();
        Assert.Null(Extend(put, Build.Normal(1, 1025, 0, 0), Build.Normal(2, 1026, 0, 0), Build.Tiny(1, 7, 4096, 10)));
        Assert.Null(Commit(put, Build.Normal(1, 1025, 0, 100)));
        Assert.True(_state.Objects.TryFind("vol", "o", out var found));
        Assert.Equal((100L, Build.Sha256, Build.Noon), (found.Object.Size, found.Object.Sha256, found.Object.CreatedAt));
        Assert.Equal([new OwnedExtent(1, 7, 4096), new OwnedExtent(2, 1026, 0)], Garbage.OrderBy(key => key.PartitionId));
        Assert.Empty(_state.Objects.Puts);
    }

    [Fact]
    public void A_replaced_object_becomes_garbage_and_its_normal_extent_only_once()
    {
        var first = Open();
        Commit(first, Build.Normal(1, 1025, 0, 100), Build.Normal(1, 1025, 100, 50, extentOffset: 100));
        var second = Open();
        Commit(second, Build.Normal(2, 1025, 0, 10));
        var item = Assert.Single(_state.Objects.Garbage.Items);
        Assert.Equal((new OwnedExtent(1, 1025, 0), 150L), (item.Key, item.Bytes));
        Assert.True(_state.Objects.TryFind("vol", "o", out var found) && found.PutId == second);
    }

    [Fact]
    public void An_extent_of_another_put_is_refused_before_it_can_be_deleted_twice()
    {
        Commit(Open("a"), Build.Normal(1, 1025, 0, 100), Build.Tiny(1, 3, 8192, 5) with { FileOffset = 100 });
        var put = Open("b");
        Assert.Contains("belongs to another put", Extend(put, Build.Normal(1, 1025, 0, 0))!.Message, StringComparison.Ordinal);
        Assert.Contains("belongs to another put", Commit(put, Build.Tiny(1, 3, 8192, 5))!.Message, StringComparison.Ordinal);
        Assert.Null(Extend(put, Build.Tiny(1, 3, 12288, 5))); // another slot of the same tiny extent
    }

    [Fact]
    public void An_aborted_put_leaves_garbage_and_ends()
    {
        var put = Open();
        Extend(put, Build.Normal(1, 1025, 0, 0));
        _state.Apply(new PutAborted(put, "test"));
        Assert.Equal([new OwnedExtent(1, 1025, 0)], Garbage);
        Assert.Contains("has ended", Commit(put)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extents_told_after_the_end_of_their_put_become_garbage_unless_somebody_owns_them()
    {
        var put = Open();
        Commit(put, Build.Normal(1, 1025, 0, 100));
        Assert.Contains("has ended", Extend(put, Build.Normal(1, 1025, 0, 100), Build.Normal(1, 1026, 0, 0))!.Message, StringComparison.Ordinal);
        Assert.Equal([new OwnedExtent(1, 1026, 0)], Garbage);
    }

    [Fact]
    public void Extents_of_a_put_that_never_was_are_only_refused()
    {
        Assert.Contains("does not exist", Extend(99, Build.Normal(1, 1025, 0, 0))!.Message, StringComparison.Ordinal);
        Assert.Empty(Garbage);
    }

    [Theory]
    [InlineData(1, 100, 10)]
    [InlineData(0, 90, 10)]
    public void Pieces_with_a_gap_or_an_overlap_are_refused(long from, long second, long size) =>
        Assert.Equal(MasterReply.ParameterError, Commit(Open(), Build.Normal(1, 1025, from, 95), Build.Normal(1, 1026, second, size))!.Code);

    [Fact]
    public void A_commit_of_another_size_than_announced_is_refused()
    {
        var put = Open(size: 99);
        Assert.Contains("announced 99", Commit(put, Build.Normal(1, 1025, 0, 100))!.Message, StringComparison.Ordinal);
        Assert.Null(Commit(put, Build.Normal(1, 1025, 0, 99)));
    }

    [Fact]
    public void A_piece_that_is_null_is_refused_from_a_running_and_from_an_ended_put()
    {
        var put = Open();
        Assert.Equal(MasterReply.ParameterError, Extend(put, [null!])!.Code);
        Assert.Equal(MasterReply.ParameterError, Commit(put, [null!])!.Code);
        Commit(put);
        Assert.Contains("has ended", Extend(put, [null!])!.Message, StringComparison.Ordinal);
        Assert.Empty(Garbage);
    }

    [Fact]
    public void An_object_may_be_empty()
    {
        Assert.Null(Commit(Open(size: 0)));
        Assert.True(_state.Objects.TryFind("vol", "o", out var found) && found.Object.Size == 0);
    }

    [Fact]
    public void Places_that_cannot_be_are_refused()
    {
        var put = Open();
        Assert.Equal(MasterReply.PartitionMissing, Extend(put, Build.Normal(9, 1025, 0, 0))!.Code);
        Assert.Equal(MasterReply.ParameterError, Extend(put, Build.Normal(1, 0, 0, 0))!.Code);
        Assert.Equal(MasterReply.ParameterError, Extend(put, Build.Normal(1, 1025, -1, 0))!.Code);
        Assert.Equal(MasterReply.ParameterError, Extend(put, Build.Tiny(1, 1, 0, 0))!.Code);
        Assert.Equal(MasterReply.ParameterError, Extend(put, [.. Enumerable.Repeat(Build.Normal(1, 1025, 0, 0), PutRules.ExtentsMax + 1)])!.Code);
    }

    [Fact]
    public void Extents_of_another_volume_are_refused()
    {
        _state.Apply(new VolumeOrdered(new VolumeRecord(6, "w", "owner", 1, 2, 1, Build.PartitionBytes, Build.Noon, VolumeStage.Creating)));
        _state.Apply(new PartitionPlanned(3, "w", Build.PartitionBytes, [Build.Replica(1)]));
        _state.Apply(new PartitionCreated(3, ["/disk"]));
        Assert.Contains("belongs to volume w", Extend(Open(), Build.Normal(3, 1025, 0, 0))!.Message, StringComparison.Ordinal);
        Assert.Contains("still being created", PutRules.Open(_state, new OpenIntent("w", "o")).Refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unusable_names_sizes_and_digests_are_refused()
    {
        Assert.Equal(MasterReply.ParameterError, PutRules.Open(_state, new OpenIntent("vol", "")).Refused!.Code);
        Assert.Equal(MasterReply.ParameterError, PutRules.Open(_state, new OpenIntent("vol", "o", -1)).Refused!.Code);
        Assert.Equal(MasterReply.VolumeMissing, PutRules.Open(_state, new OpenIntent("nope", "o")).Refused!.Code);
        Assert.Equal(MasterReply.ParameterError, Apply(PutRules.Commit(_state, Open(), new CommitIntent("x", []), Build.Noon))!.Code);
    }

    [Fact]
    public void Listing_goes_by_name_from_behind_after_within_the_prefix()
    {
        foreach (var name in new[] { "b/2", "a", "b/1", "b/3", "c", "b" }) Commit(Open(name));
        string[] List(string prefix, string after) => [.. _state.Objects.List("vol", prefix, after).Select(found => found.Name)];
        Assert.Equal(["a", "b", "b/1", "b/2", "b/3", "c"], List("", ""));
        Assert.Equal(["b/1", "b/2", "b/3"], List("b/", ""));
        Assert.Equal(["b/3"], List("b/", "b/2"));
        Assert.Equal(["c"], List("", "b/3"));
        Assert.Equal(["b/1", "b/2", "b/3"], List("b/", "a"));
        Assert.Empty(List("b/", "c"));
        Assert.Empty(List("d", ""));
        Assert.Empty(List("", "zz"));
    }

    [Fact]
    public void A_dropped_volume_takes_its_objects_puts_and_garbage_with_it()
    {
        Commit(Open("a"), Build.Normal(1, 1025, 0, 100));
        Extend(Open("b"), Build.Normal(1, 1026, 0, 0));
        _state.Apply(new ObjectDropped("vol", "a"));
        _state.Apply(new VolumeDropped("vol", "test"));
        Assert.Empty(_state.Objects.Puts);
        Assert.Empty(_state.Objects.Garbage.Items);
        Assert.Null(_state.FindVolume("vol"));
        Assert.Equal(0, _state.Objects.Count);
        Assert.All(_state.Partitions, partition => Assert.Equal(PartitionStage.Removing, partition.Stage));
    }

    [Fact]
    public void Two_owners_of_one_extent_would_be_a_broken_promise()
    {
        var (first, second) = (Open("a"), Open("b"));
        _state.Apply(new PutExtended(first, [Build.Normal(1, 1025, 0, 0)]));
        Assert.Throws<InvariantViolationException>(() => _state.Apply(new PutExtended(second, [Build.Normal(1, 1025, 0, 0)])));
    }
}
