using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What a group's actor works with.</summary>
/// <param name="Log">Open, and nobody else's.</param>
/// <param name="Machine">What its entries change.</param>
/// <param name="Usage">Of the store: entered for every turn of applying.</param>
/// <param name="Disk">The disk's I/O threads: applies, and reads what the cache has dropped.</param>
internal sealed record RaftGroupParts(
    RaftGroupPort Port, RaftBoot Boot, RaftLog Log, RaftLogWriter Writer, IRaftTransport Transport, StateMachine Machine, StoreUsage Usage, IWorkQueue Disk, BufferPool Buffers,
    RaftGroupSettings Settings, RaftSettings Raft, TimeProvider Time, Random Random)
{
    /// <summary>How far the replica is: <see cref="LoadStage.LoadingExtents"/> for a group that joins before its extents are there,
    /// <see cref="LoadStage.CatchingUp"/> for one that has them, <see cref="LoadStage.Serving"/> for one that nobody tells when it serves.</summary>
    public LoadStage Stage { get; init; } = LoadStage.Serving;

    /// <summary>The node is being drained: the group starts as one that abstains.</summary>
    public bool IsDrained { get; init; }
}
