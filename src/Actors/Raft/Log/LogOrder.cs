using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

internal enum LogOrderKind : byte
{
    Append,
    TruncateBack,
    TruncateFront,
    SaveHardState,
    InstallSnapshot,
    CaughtUp,
    Sync,
    Close,
}

/// <summary>One thing that a group wants done to its log.</summary>
/// <param name="Entries">Append: how many of the entries that wait beside the orders.</param>
/// <param name="Cost">Append: bytes of the writer's budget, given back when they are written.</param>
/// <param name="Lease">Append: holds the entries' data; released when they are written.</param>
/// <param name="Position">Truncations: the index of it. Snapshot: its end.</param>
internal readonly record struct LogOrder(
    LogOrderKind Kind, int Entries = 0, long Cost = 0, BufferLease? Lease = null, LogPosition Position = default, HardState State = default);
