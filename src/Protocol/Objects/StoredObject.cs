namespace CubeActors.Protocol.Objects;

/// <summary>An object as the embedded master keeps it. <paramref name="Extents"/> cover it without gap or overlap, in order.</summary>
/// <param name="Size">Bytes; the sum of the extents' sizes.</param>
/// <param name="Sha256">Of the whole content: 64 lower-case hex digits.</param>
/// <param name="CreatedAt">When the commit was accepted, by the master's clock.</param>
public sealed record StoredObject(
    string Volume, string Name, long Size, string Sha256, DateTimeOffset CreatedAt, IReadOnlyList<ObjectExtent> Extents);

/// <summary>One line of a listing: a <see cref="StoredObject"/> without its extents.</summary>
public sealed record ObjectEntry(string Volume, string Name, long Size, string Sha256, DateTimeOffset CreatedAt);

/// <summary>One page of a listing, ordered by name (ordinal).</summary>
/// <param name="Next">Goes into the next request's <c>after</c>; null when this page is the last.</param>
public sealed record ObjectPage(IReadOnlyList<ObjectEntry> Objects, string? Next = null);

/// <summary>Answer to the removal of an object: its extents are garbage from now on, under this id.</summary>
public sealed record ObjectRemoved(ulong GarbageId);

/// <summary>What the embedded master still has to delete from the data nodes.</summary>
/// <param name="LastError">Text of the latest failed attempt; null if the latest attempt succeeded or none was made.</param>
public sealed record GarbageStatus(long PendingExtents, long PendingBytes, string? LastError = null);
