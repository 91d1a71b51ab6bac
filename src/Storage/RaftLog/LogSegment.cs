namespace CubeActors.Storage;

/// <summary>One file of a log and the entries in it.</summary>
/// <param name="First">Its first entry; without entries the index that its first entry will have.</param>
/// <param name="Last">Its last entry; <paramref name="First"/> - 1 without entries.</param>
/// <param name="IndexOffset">Where its index record begins; -1 in the last file, which has none yet.</param>
internal readonly record struct LogSegment(LogFileName Name, ulong First, ulong Last, long IndexOffset);
