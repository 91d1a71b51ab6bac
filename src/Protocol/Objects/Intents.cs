namespace CubeActors.Protocol.Objects;

/// <summary>Opens a put. Durable before it is answered, so that no extent can exist that nobody remembers.</summary>
/// <param name="Size">Bytes that will be put; null if the source does not know. A commit of another size is refused.</param>
public sealed record OpenIntent(string Volume, string Name, long? Size = null);

/// <summary>Answer to <see cref="OpenIntent"/>; the id is part of the paths of the calls that follow.</summary>
public sealed record IntentOpened(ulong IntentId);

/// <summary>Names extents that the put has created, before more data goes in. Renews the lease of the intent.</summary>
public sealed record AddExtents(IReadOnlyList<ObjectExtent> Extents);

/// <summary>Makes the object appear. <paramref name="Extents"/> is its final list; extents of the intent that are not in it become garbage.</summary>
/// <param name="Sha256">Of the whole content: 64 lower-case hex digits.</param>
public sealed record CommitIntent(string Sha256, IReadOnlyList<ObjectExtent> Extents);
