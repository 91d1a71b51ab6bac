using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane.Tests;

public sealed class ClusterStateTests
{
    // One of each kind, in an order that can happen.
    private static readonly ClusterEvent[] History =
    [
        new ClusterFormed("c", Build.Noon),
        new NodeAdded(Build.Node(1)),
        new NodeAdded(Build.Node(2) with { HeartbeatPort = "", ReplicaPort = "" }),
        new NodePortsFilled(Build.Address(2), "17330", "17340"),
        new NodeDisksChanged(Build.Address(1), ["/a", "/b"], ["/b"]),
        new VolumeOrdered(new VolumeRecord(3, "vol", "owner", 10, 2, 2, Build.PartitionBytes, Build.Noon, VolumeStage.Creating)),
        new PartitionPlanned(1, "vol", Build.PartitionBytes, [Build.Replica(1), Build.Replica(2)]),
        new PartitionCreated(1, ["/a", "/x"]),
        new PartitionPlanned(2, "vol", Build.PartitionBytes, [Build.Replica(2), Build.Replica(1)]),
        new PartitionDropped(2),
        new ReplicaRemoved(2, Build.Address(2)),
        new ReplicaMoved(1, Build.Address(1), "/b"),
        new VolumeFinished("vol"),
        new PutOpened(1, "vol", "o", 100),
        new PutExtended(1, [Build.Normal(1, 1025, 0, 0), Build.Normal(1, 1026, 0, 0)]),
        new PutCommitted(1, Build.Sha256, [Build.Normal(1, 1025, 0, 100)], Build.Noon),
        new PutOpened(2, "vol", "p", null),
        new PutExtended(2, [Build.Tiny(1, 5, 4096, 77)]),
        new PutAborted(2, "lease"),
        new PutOpened(3, "vol", "q", null),
        new PutExtended(3, [Build.Normal(1, 1027, 0, 5)]),
        new ExtentsOrphaned("vol", [Build.Normal(1, 1028, 0, 1)]),
        new PutOpened(4, "vol", "r", null),
        new PutCommitted(4, Build.Sha256, [Build.Normal(1, 1029, 0, 9)], Build.Noon),
        new ObjectDropped("vol", "r"),
        new GarbageDeleted(1, [1]),
        new VolumeOrdered(new VolumeRecord(4, "gone", "owner", 10, 2, 2, Build.PartitionBytes, Build.Noon, VolumeStage.Creating)),
        new VolumeDropped("gone", "test"),
    ];

    private static ClusterState Replay(IEnumerable<ClusterEvent> events)
    {
        var state = new ClusterState();
        foreach (var happened in events) state.Apply(happened);
        return state;
    }

    private static string Json(ClusterState state) => JsonSerializer.Serialize(state.ToSnapshot(), ClusterJson.Default.ClusterSnapshot);

    [Fact]
    public void The_history_holds_every_kind_of_event()
    {
        var kinds = typeof(ClusterEvent).Assembly.GetTypes().Where(type => type.BaseType == typeof(ClusterEvent));
        Assert.Equal(kinds.Order(ByName), History.Select(happened => happened.GetType()).Distinct().Order(ByName));
        Assert.All(History, happened => Assert.NotNull(ClusterFormat.Registry())); // and each has its manifest, see below
    }

    private static readonly Comparer<Type> ByName = Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));

    [Fact]
    public void Every_event_survives_its_JSON()
    {
        var reread = History.Select(happened =>
        {
            JsonTypeInfo type = ClusterJson.Default.GetTypeInfo(happened.GetType())!;
            return (ClusterEvent)JsonSerializer.Deserialize(JsonSerializer.Serialize(happened, type), type)!;
        });
        Assert.Equal(Json(Replay(History)), Json(Replay(reread)));
    }

    [Fact]
    public void A_snapshot_taken_anywhere_leads_to_the_same_state_as_the_events()
    {
        var whole = Json(Replay(History));
        for (var cut = 0; cut <= History.Length; cut++)
        {
            var saved = JsonSerializer.Serialize(Replay(History[..cut]).ToSnapshot(), ClusterJson.Default.ClusterSnapshot);
            var state = ClusterState.From(JsonSerializer.Deserialize(saved, ClusterJson.Default.ClusterSnapshot)!);
            foreach (var happened in History[cut..]) state.Apply(happened);
            Assert.Equal(whole, Json(state));
        }
    }

    [Fact]
    public void An_event_of_the_most_extents_fits_the_journal()
    {
        var most = new PutExtended(ulong.MaxValue, [.. Enumerable.Repeat(
            new Protocol.Objects.ObjectExtent(long.MaxValue, ulong.MaxValue, ulong.MaxValue, long.MaxValue, uint.MaxValue), PutRules.ExtentsMax)]);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(most, ClusterJson.Default.PutExtended).Length;
        Assert.InRange(bytes, 1, Persistence.EventRegistry.EventBytesMax);
    }

    [Fact]
    public void Ids_of_what_is_gone_are_not_handed_out_again()
    {
        var state = Replay(History);
        Assert.Equal((4UL, 2UL, 4UL), (state.LastId, state.LastPartitionId, state.Objects.LastPutId));
        Assert.Throws<InvariantViolationException>(() => state.Apply(new PartitionPlanned(2, "vol", 1, [Build.Replica(1)])));
        Assert.Throws<InvariantViolationException>(() => state.Apply(new NodeAdded(Build.Node(9, id: 4))));
    }

    [Fact]
    public void A_partition_is_forgotten_after_its_last_host_has_removed_it()
    {
        var state = Replay(History);
        Assert.NotNull(state.FindPartition(2));
        state.Apply(new ReplicaRemoved(2, Build.Address(1)));
        Assert.Null(state.FindPartition(2));
        state.Apply(new ReplicaRemoved(2, Build.Address(1))); // told twice
    }

    [Fact]
    public void A_partition_with_two_replicas_at_one_address_would_be_a_broken_promise() =>
        Assert.Throws<InvariantViolationException>(() => new ClusterState().Apply(new PartitionPlanned(1, "vol", 1, [Build.Replica(1), Build.Replica(1)])));
}
