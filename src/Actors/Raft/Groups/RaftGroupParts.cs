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
    RaftGroupSettings Settings, RaftSettings Raft, TimeProvider Time, Random Random);
