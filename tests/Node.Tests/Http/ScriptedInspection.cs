using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Storage;

namespace CubeActors.Node.Tests;

/// <summary>One partition, 7, with one normal extent, 1025, and one tiny one; any other is unknown.</summary>
internal sealed class ScriptedInspection : IPartitionInspection
{
    public static readonly PartitionFigures Figures = new(
        new(7), "photos", "/data/disk1", PartitionState.Serving, 1000, 300, 2, 1025, ["127.0.0.11:17310", "127.0.0.12:17310"], [], "", () => null);

    /// <summary>What the disk answers instead, if anything.</summary>
    public string? Problem { get; set; }

    /// <summary>What fsck has locked the extents for.</summary>
    public ExtentLockKind Locked { get; set; }

    public RaftGroupView? Group { get; set; } = new(
        new NodeId(4),
        new RaftGroupStatus(RaftRole.Leader, new NodeId(4), 3, 10, 9, 12, default, [new RaftMemberStatus(new NodeId(5), 11, true)
        {
            State = ProgressState.Replicate, Next = 12, Commit = 10, InFlight = 1, SilentTicks = 2,
        }])
        {
            Vote = new NodeId(4),
        },
        MessagesWaiting: 6, MessagesDropped: 0, ProposalsRefused: 0, TimeSpan.FromMilliseconds(300));

    public InspectedPartition? Find(PartitionId partition) => partition.Value == 7 ? new InspectedPartition(Figures, 2, "/data/disk1/datapartition_7_1000", Group) : null;

    public IReadOnlyList<InspectedPartition> List() => [Find(new PartitionId(7))!];

    public RaftGroupView? Raft(PartitionId partition) => partition.Value == 7 ? Group : null;

    public Task<Inspected<ExtentListing>> ExtentsAsync(PartitionId partition, CancellationToken cancel) =>
        Answer(partition, new ExtentListing([Tiny, Normal], 48) { LockOf = _ => Locked });

    public Task<Inspected<ExtentRecord?>> ExtentAsync(PartitionId partition, ExtentId extent, CancellationToken cancel) =>
        Answer<ExtentRecord?>(partition, extent.Value == 1025 ? Normal : null);

    public Task<Inspected<IReadOnlyList<uint>?>> BlockCrcsAsync(PartitionId partition, ExtentId extent, CancellationToken cancel) =>
        Answer<IReadOnlyList<uint>?>(partition, extent.Value == 1025 ? [77, 0] : null);

    public Task<Inspected<IReadOnlyList<DeleteRecord>>> TinyDeletesAsync(PartitionId partition, CancellationToken cancel) =>
        Answer<IReadOnlyList<DeleteRecord>>(partition, [new DeleteRecord(1, 4096, 100)]);

    public Task<Inspected<IReadOnlyList<DeleteRecord>>> NormalDeletesAsync(PartitionId partition, CancellationToken cancel) =>
        Answer<IReadOnlyList<DeleteRecord>>(partition, [new DeleteRecord(1026, 0, 0)]);

    private static ExtentRecord Tiny => new(new ExtentId(1), 8192, 50, 0, 0, 128 << 20);

    private static ExtentRecord Normal => new(new ExtentId(1025), 200_000, 100, 9, 5, 128 << 20);

    private Task<Inspected<T>> Answer<T>(PartitionId partition, T value) =>
        Task.FromResult(partition.Value != 7 ? default : new Inspected<T>(true, value, Problem));
}
