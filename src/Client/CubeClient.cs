using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>What a <see cref="CubeClient"/> works with.</summary>
/// <param name="Master">Where the masters are.</param>
public sealed record CubeClientOptions(MasterSettings Master)
{
    public ClientSettings Client { get; init; } = new();
    public INetwork Network { get; init; } = new TcpNetwork();
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Chooses partitions and replicas. Used while the client is set up only, so that it may be shared.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Bounds the memory of all operations together; null makes a pool of <see cref="BuffersBytesDefault"/>.</summary>
    public BufferPool? Buffers { get; init; }

    /// <summary>32 puts with the default window.</summary>
    public const long BuffersBytesDefault = 64L * 1024 * 1024;
}

/// <summary>A client of a cluster: volumes with their objects and extents, and the masters' API. Thread-safe.</summary>
/// <remarks>Dispose it when no operation runs any more; operations that still run fail.</remarks>
public sealed class CubeClient : IDisposable
{
    private readonly CubeClientOptions _options;
    private readonly ClientContext _context;
    private readonly Dictionary<string, Volume> _volumes = [];
    private readonly Lock _lock = new();

    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    public CubeClient(CubeClientOptions options)
    {
        options.Client.Validate();
        _options = options;
        Master = new MasterClient(options.Master, options.Network, options.Time);
        _context = new ClientContext(options.Client, options.Network, options.Time, options.Buffers ?? new BufferPool(CubeClientOptions.BuffersBytesDefault));
    }

    public MasterClient Master { get; }

    /// <summary>The objects of a volume; the same store for the same name. Whether the volume exists shows at the first call.</summary>
    public ObjectStore Objects(string volume) => Find(volume).Objects;

    /// <summary>The bytes in the extents of a volume; the same for the same name, and one view of its partitions with its objects.</summary>
    public VolumeExtents Extents(string volume) => Find(volume).Extents;

    public void Dispose()
    {
        _context.Dispose();
        Master.Dispose();
    }

    private Volume Find(string volume)
    {
        ArgumentException.ThrowIfNullOrEmpty(volume);
        lock (_lock)
        {
            if (_volumes.TryGetValue(volume, out var known)) return known;
            // A generator of its own for each volume: the given one need not be thread-safe.
            var random = new Random(_options.Random.Next());
            var view = new VolumeView(volume, Master, _options.Network, _options.Time, random, _options.Client);
            var firstTurn = _options.Random.Next(1 << 16);
            return _volumes[volume] = new Volume(new ObjectStore(_context, Master, view, firstTurn), new VolumeExtents(_context, view, firstTurn));
        }
    }

    private sealed record Volume(ObjectStore Objects, VolumeExtents Extents);
}
