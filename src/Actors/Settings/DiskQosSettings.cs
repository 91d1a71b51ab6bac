namespace CubeActors.Actors;

/// <summary>Limits of each disk of the node, as configured; the master and an operator may change them while it runs.</summary>
/// <remarks>Source of keys and defaults: CubeFS datanode/server.go initQosLimit. The keys are those of the datanode's configuration file.</remarks>
public sealed record DiskQosSettings
{
    /// <summary>diskQosEnable: bytes and operations of clients are limited, if the master's EnableDiskQos says so too.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>diskAsyncQosEnable: bytes and operations of repair and deletes are limited.</summary>
    public bool AsyncEnabled { get; init; } = true;

    /// <summary>diskReadIocc, diskReadIops, diskReadFlow: reads of clients.</summary>
    public IoLimits Read { get; init; }

    /// <summary>diskWriteIocc, diskWriteIops, diskWriteFlow: appends, creates and overwrites.</summary>
    public IoLimits Write { get; init; }

    /// <summary>diskAsyncReadIocc, diskAsyncReadIops, diskAsyncReadFlow: what other replicas read to repair themselves.</summary>
    public IoLimits AsyncRead { get; init; } = new(Concurrency: AsyncConcurrency);

    /// <summary>diskAsyncWriteIocc, diskAsyncWriteIops, diskAsyncWriteFlow: what this node writes to repair itself.</summary>
    public IoLimits AsyncWrite { get; init; } = new(Concurrency: AsyncConcurrency);

    /// <summary>diskDeleteIocc, diskDeleteIops, diskDeleteFlow: single deletes and batches of them.</summary>
    public IoLimits Delete { get; init; }

    /// <summary>diskWQueueFactor of the operator's API: this many times the concurrency of writes may wait, then they are refused.</summary>
    public int WriteQueueFactor { get; init; } = 8;

    /// <summary>enableDiskReadRepairExtentLimit: one repair read a disk at a time, others are told to come again.</summary>
    public bool OneRepairReadPerDisk { get; init; }

    /// <summary>Source: CubeFS datanode/server.go, where 0 in the configuration means this too.</summary>
    public const int AsyncConcurrency = 100;

    /// <summary>The limits of one kind of work.</summary>
    public IoLimits this[IoKind kind] => kind switch
    {
        IoKind.Read => Read,
        IoKind.Write => Write,
        IoKind.AsyncRead => AsyncRead,
        IoKind.AsyncWrite => AsyncWrite,
        IoKind.Delete => Delete,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>The same settings with other limits for one kind of work.</summary>
    public DiskQosSettings With(IoKind kind, IoLimits limits) => kind switch
    {
        IoKind.Read => this with { Read = limits },
        IoKind.Write => this with { Write = limits },
        IoKind.AsyncRead => this with { AsyncRead = limits },
        IoKind.AsyncWrite => this with { AsyncWrite = limits },
        IoKind.Delete => this with { Delete = limits },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

/// <summary>What a disk is asked to do, as far as limits tell it apart.</summary>
public enum IoKind
{
    /// <summary>A client reads.</summary>
    Read,

    /// <summary>A client writes, or creates.</summary>
    Write,

    /// <summary>Another replica reads what it lacks.</summary>
    AsyncRead,

    /// <summary>This replica writes what it lacked.</summary>
    AsyncWrite,

    /// <summary>Extents and objects are deleted.</summary>
    Delete,
}

/// <summary>Limits of one kind of work on one disk; 0 is none.</summary>
/// <param name="Concurrency">On the disk at a time.</param>
/// <param name="Operations">A second.</param>
/// <param name="Bytes">A second.</param>
public readonly record struct IoLimits(int Concurrency = 0, long Operations = 0, long Bytes = 0)
{
    /// <summary>No limit can be negative.</summary>
    public IoLimits Checked() => new(Math.Max(0, Concurrency), Math.Max(0, Operations), Math.Max(0, Bytes));
}
