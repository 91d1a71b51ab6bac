namespace CubeActors.Protocol.Objects;

/// <summary>Where one piece of an object lies: <paramref name="Size"/> bytes of it, in one extent of one data partition.</summary>
/// <param name="FileOffset">First byte within the object.</param>
/// <param name="ExtentOffset">First byte within the extent; for a tiny extent the slot that the chain leader chose.</param>
/// <param name="Size">Bytes. 0 only while a put runs: a normal extent that exists and holds nothing that is acknowledged yet.</param>
public sealed record ObjectExtent(long FileOffset, ulong PartitionId, ulong ExtentId, long ExtentOffset, long Size);
