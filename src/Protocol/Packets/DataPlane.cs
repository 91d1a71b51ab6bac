namespace CubeActors.Protocol;

/// <summary>Numbers of the data plane that both ends must agree on.</summary>
public static class DataPlane
{
    /// <summary>128 KiB: the unit of appends, of read replies and of block CRCs. Source: CubeFS util/unit.go BlockSize, ReadBlockSize.</summary>
    public const int BlockBytes = 128 * 1024;
    /// <summary>Source: CubeFS util/unit.go BlockCount.</summary>
    public const int BlocksPerExtent = 1024;
    /// <summary>128 MiB, the end of a normal extent. Source: CubeFS util/unit.go ExtentSize.</summary>
    public const long ExtentBytesMax = (long)BlocksPerExtent * BlockBytes;
    /// <summary>4 TiB, which no tiny extent reaches. Source: CubeFS datanode/storage/extent.go ExtentMaxSize.</summary>
    public const long TinyExtentBytesMax = 4L << 40;
    /// <summary>The grid of tiny slots and of punching. Source: CubeFS util/unit.go PageSize.</summary>
    public const int SlotBytes = 4096;
    /// <summary>The longest append to a tiny extent, in one packet. Source: CubeFS util/unit.go DefaultTinySizeLimit.</summary>
    public const int TinyWriteBytesMax = 1024 * 1024;
    /// <summary>Above this a partition reports itself read-only. Source: CubeFS datanode/storage/extent_store.go MaxExtentCount.</summary>
    public const int ExtentsReadOnlyAt = 20_000;
    /// <summary>A chain leader refuses to create more. Source: three times MaxExtentCount, CubeFS datanode/wrap_prepare.go.</summary>
    public const int ExtentsMax = 3 * ExtentsReadOnlyAt;

    /// <summary>A peer's patience for one reply, and for a write to be taken. Source: CubeFS proto/packet.go ReadDeadlineTime, WriteDeadlineTime.</summary>
    public static readonly TimeSpan ReplyDeadline = TimeSpan.FromSeconds(5);
    /// <summary>For a follower's answer to what <see cref="Opcodes.IsSlowInChain"/> names. Source: CubeFS proto/packet.go BatchDeleteExtentReadDeadLineTime.</summary>
    public static readonly TimeSpan SlowReplyDeadline = TimeSpan.FromSeconds(120);
    /// <summary>Watermarks, applied ids, sizes and each packet of a repair read. Source: CubeFS proto/packet.go GetAllWatermarksDeadLineTime.</summary>
    public static readonly TimeSpan RepairReplyDeadline = TimeSpan.FromSeconds(60);
    /// <summary>The master's patience for the reply to a task that it waits for. Source: CubeFS proto/packet.go SyncSendTaskDeadlineTime.</summary>
    public static readonly TimeSpan TaskReplyDeadline = TimeSpan.FromSeconds(30);
    /// <summary>Peers keep idle connections for up to 90 s; closing earlier costs them an end of file.</summary>
    public static readonly TimeSpan IdleConnectionMin = TimeSpan.FromSeconds(90);
    /// <summary>Dialling a follower. Source: CubeFS util/conn_pool.go.</summary>
    public static readonly TimeSpan DialDeadline = TimeSpan.FromSeconds(1);
}
