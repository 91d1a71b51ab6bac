using System.Collections.Concurrent;

namespace CubeActors.Storage;

/// <summary>What opening a partition directory yields; the store owns it from then on.</summary>
internal sealed record StoreFiles(BlockCrcFile Crcs, DeleteLog TinyDeletes, DeleteLog NormalDeletes, ExtentIdAllocator Ids,
    ConcurrentDictionary<ulong, Extent> Extents, IReadOnlyList<string> Notes);
