namespace CubeActors.Actors;

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

/// <summary>The limits of the configuration by kind of work.</summary>
public static class DiskQosKinds
{
    /// <summary>The limits of one kind of work.</summary>
    public static DiskClassLimits Of(this DiskQosSettings settings, IoKind kind) => kind switch
    {
        IoKind.Read => settings.Read,
        IoKind.Write => settings.Write,
        IoKind.AsyncRead => settings.AsyncRead,
        IoKind.AsyncWrite => settings.AsyncWrite,
        IoKind.Delete => settings.Delete,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>The same settings with other limits for one kind of work. Negative ones become 0, which is none.</summary>
    public static DiskQosSettings With(this DiskQosSettings settings, IoKind kind, DiskClassLimits limits)
    {
        limits = new(Math.Max(0, limits.Concurrent), Math.Max(0, limits.OperationsPerSecond), Math.Max(0, limits.BytesPerSecond));
        return kind switch
        {
            IoKind.Read => settings with { Read = limits },
            IoKind.Write => settings with { Write = limits },
            IoKind.AsyncRead => settings with { AsyncRead = limits },
            IoKind.AsyncWrite => settings with { AsyncWrite = limits },
            IoKind.Delete => settings with { Delete = limits },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }
}
