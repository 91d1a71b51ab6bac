using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Which replica reads are asked of.</summary>
public enum ReadSource
{
    /// <summary>Any of them, in turn (0x06). Appended data is the same everywhere once it is acknowledged; an overwrite may be seen late.</summary>
    AnyReplica,

    /// <summary>
    /// The raft leader (0x05), which has every acknowledged overwrite. If no leader can give the bytes they come from a replica that is as
    /// far as the most advanced of a majority, as CubeFS's SDK does: then an overwrite whose outcome is not known yet may be missing.
    /// </summary>
    RaftLeader,
}

/// <summary>The numbers of the data-plane client. The defaults are those of CubeFS's own SDK unless a remark says otherwise.</summary>
public sealed record ClientSettings
{
    /// <summary>Data of one append packet, 128 KiB. Source: CubeFS util/unit.go BlockSize.</summary>
    public const int PacketBytes = BufferPool.BlockBytes;

    /// <summary>Objects up to here share tiny extents, 1 MiB. Source: CubeFS util/unit.go DefaultTinySizeLimit.</summary>
    public const int TinyBytesMax = BufferPool.LargeBytes;

    /// <summary>A normal extent is rolled here, 128 MiB. Source: CubeFS util/unit.go ExtentSize.</summary>
    public long ExtentBytes { get; init; } = 134217728;

    /// <summary>Append packets of one put that wait for their replies. CubeFS allows 1024; 8 keep a disk busy with 1 MiB of memory.</summary>
    public int Window { get; init; } = 8;

    /// <summary>Bytes asked for by one read request; what CubeFS's ahead-read uses at most, which every server is used to.</summary>
    public int ReadRequestBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Source: CubeFS util/conn_pool.go ConnectTimeout.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>One packet out, or one reply in, for appends and reads. Source: CubeFS proto/packet.go ReadDeadlineTime.</summary>
    public TimeSpan ReplyDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Source: CubeFS sdk/data/stream/extent_handler.go createExtent.</summary>
    public TimeSpan CreateDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Source: CubeFS proto/packet.go BatchDeleteExtentReadDeadLineTime.</summary>
    public TimeSpan DeleteDeadline { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>A pooled connection that was not used for so long is closed. Source: CubeFS util/conn_pool.go ConnectIdleTime.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Idle connections kept for one address. CubeFS keeps 500; a client process has few operations at a time.</summary>
    public int IdlePerAddressMax { get; init; } = 16;

    /// <summary>Errors of one append packet until its put fails. Source: CubeFS sdk/data/stream/stream_writer.go MaxPacketErrorCount.</summary>
    public int PacketErrorsMax { get; init; } = 128;

    /// <summary>Partitions tried for one extent. Source: CubeFS sdk/data/stream/stream_writer.go MaxSelectDataPartitionForWrite.</summary>
    public int CreateAttemptsMax { get; init; } = 32;

    /// <summary>
    /// How long new data waits for a partition that takes it, while there is none: the least time after which a create fails, whatever
    /// <see cref="CreateAttemptsMax"/> says. CubeFS's SDK has only the attempts, which a node that refuses connections uses up within milliseconds,
    /// so that on three nodes a restart of one fails every file that grows. Longer than a node's restart with its drain of 30 s.
    /// Zero leaves it to the attempts.
    /// </summary>
    public TimeSpan PlacementPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Pause before a retry that another host cannot help. Source: CubeFS sdk/data/stream/stream_conn.go StreamSendSleepInterval.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Rounds over all replicas without one new byte until a read fails. Source: stream_conn.go StreamSendMaxRetry.</summary>
    public int ReadRoundsMax { get; init; } = 200;

    /// <summary>The same as a time. Source: stream_conn.go StreamSendMaxTimeout.</summary>
    public TimeSpan ReadTimeMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What reads use that do not say it themselves. CubeFS's mounts: the option followerRead.</summary>
    public ReadSource ReadSource { get; init; } = ReadSource.AnyReplica;

    /// <summary>Rounds over all replicas until an overwrite fails that none of them takes as leader. Source: stream_conn.go StreamSendMaxRetry.</summary>
    public int OverwriteRoundsMax { get; init; } = 200;

    /// <summary>The same as a time; it bounds the retries after 0xB1 too, for which CubeFS has no bound. Source: stream_conn.go StreamSendMaxTimeout.</summary>
    public TimeSpan OverwriteTimeMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often one host is asked again after "try again" (0xF9). Source: stream_conn.go StreamSendMaxRetry.</summary>
    public int SameHostRetriesMax { get; init; } = 200;

    /// <summary>
    /// The pause between two rounds of an overwrite, and between two tries of the same partition for new data, grows from <see cref="RetryPause"/>
    /// up to this. CubeFS's grows without bound; ours ends at about the time that an election takes, so that a new leader is found soon.
    /// </summary>
    public TimeSpan RoundPauseMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A view of a volume's partitions older than this is renewed before new extents are placed. About the master's own pace.</summary>
    public TimeSpan ViewAge { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Renewals on demand keep this distance, so that a full cluster does not turn clients against its master.</summary>
    public TimeSpan ViewPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">A value is out of range; the message names it.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Window, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Window, 1024); // what a server accepts by back-pressure: data-plane 5.2
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ExtentBytes, 134217728);
        // All packets in flight may have to move to one new extent, a tiny packet among them.
        ArgumentOutOfRangeException.ThrowIfLessThan(ExtentBytes, ((long)Window * PacketBytes) + TinyBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadRequestBytes, PacketBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(IdlePerAddressMax, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(PacketErrorsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CreateAttemptsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadRoundsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(OverwriteRoundsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SameHostRetriesMax, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(RoundPauseMax, RetryPause);
        ArgumentOutOfRangeException.ThrowIfLessThan(PlacementPatience, TimeSpan.Zero);
        if (!Enum.IsDefined(ReadSource)) throw new ArgumentOutOfRangeException(nameof(ReadSource), ReadSource, "not a source of reads");
        foreach (var span in (ReadOnlySpan<TimeSpan>)[DialTimeout, ReplyDeadline, CreateDeadline, DeleteDeadline, IdleLimit, RetryPause, ReadTimeMax, OverwriteTimeMax, ViewAge, ViewPause])
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
    }
}
