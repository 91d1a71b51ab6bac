using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>Blocks that somebody looks at again and again, to see whether they are written to in between while the rest of their extent may be.</summary>
/// <remarks>Changed under the lock of the extent; the numbers are never used twice. Writers pay one read while nothing is watched.</remarks>
internal sealed class BlockWatches
{
    private readonly ConcurrentDictionary<(ulong Extent, int Block), uint> _versions = new();
    private uint _last = uint.MaxValue / 2; // far from the numbers of extents, which count from 0
    private volatile int _count;

    public void Begin(ExtentId extent, int block)
    {
        if (_versions.TryAdd((extent.Value, block), Interlocked.Increment(ref _last))) Interlocked.Increment(ref _count);
    }

    public void End(ExtentId extent, int block)
    {
        if (_versions.TryRemove((extent.Value, block), out _)) Interlocked.Decrement(ref _count);
    }

    public bool TryGet(ExtentId extent, int block, out uint version)
    {
        version = 0;
        return _count > 0 && _versions.TryGetValue((extent.Value, block), out version);
    }

    /// <summary>Bytes of these blocks are about to be changed.</summary>
    public void Touch(ExtentId extent, long first, long last)
    {
        if (_count == 0) return;
        foreach (var (place, version) in _versions)
            if (place.Extent == extent.Value && place.Block >= first && place.Block <= last) _versions.TryUpdate(place, Interlocked.Increment(ref _last), version);
    }
}
