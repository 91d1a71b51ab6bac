using System.Net;
using CubeActors.Persistence;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>How one embedded master runs. All durations are of CubeFS's master unless said otherwise.</summary>
public sealed record MasterOptions
{
    /// <summary>Where HTTP is served; port 0 lets the system choose, <see cref="MasterHost.EndPoint"/> tells.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Holds the state file; created if missing. One master at a time.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>1 to 64 letters, digits, '_', '-' or '.'. A state file belongs to one cluster name for ever.</summary>
    public required string ClusterName { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For the connections to the data nodes.</summary>
    public INetwork Network { get; init; } = new TcpNetwork();

    /// <summary>Breaks ties when hosts are chosen. Used by one thread at a time.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>How often each node is asked for a report. Source: CubeFS master/const.go defaultIntervalToCheckHeartbeat.</summary>
    public TimeSpan HeartbeatPeriod { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>A node whose last report is older is inactive. Source: CubeFS master/const.go defaultNodeTimeOutSec.</summary>
    public TimeSpan Liveness { get; init; } = TimeSpan.FromSeconds(18);

    /// <summary>A heartbeat without answer is sent again after this long. Source: CubeFS proto/admin_task.go ResponseTimeOut.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Sends of one heartbeat before it is given up for the next. Source: CubeFS proto/admin_task.go MaxSendCount.</summary>
    public int SendsMax { get; init; } = 5;

    /// <summary>How long a node may take to acknowledge a heartbeat. Source: CubeFS proto/packet.go ReadDeadlineTime.</summary>
    public TimeSpan AcknowledgeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a node may take for any other task. Source: CubeFS proto/packet.go SyncSendTaskDeadlineTime.</summary>
    public TimeSpan TaskTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Source: CubeFS util/connect_pool.go, the time-out of the master's dial.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long <c>/admin/createVol</c> waits for the partitions before it says how far it is; less than the 30 s after which clients hang
    /// up, so that they hear it.
    /// </summary>
    public TimeSpan CreateWait { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How often overdue leases and unfinished removals are looked at; our own number.</summary>
    public TimeSpan SweepPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a chain leader may take for a batch of deletes. Source: CubeFS proto/packet.go BatchDeleteExtentReadDeadLineTime.</summary>
    public TimeSpan DeleteTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>First pause after a failed batch; doubled up to <see cref="GarbageBackOffMax"/>. Our own numbers.</summary>
    public TimeSpan GarbageBackOffMin { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan GarbageBackOffMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>HOCON for the master's actor system, e.g. its loggers; in front of the defaults.</summary>
    public string Hocon { get; init; } = "";

    /// <summary>The time and threads of the state file follow <see cref="Time"/>.</summary>
    internal JournalSettings Journal => new() { Time = Time };

    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(DataDirectory)) throw new ArgumentException("DataDirectory: a directory is needed for the master's state");
        if (ClusterName is not { Length: >= 1 and <= 64 } || !ClusterName.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw new ArgumentException($"ClusterName: '{ClusterName}' is not 1 to 64 letters, digits, '_', '-' or '.'");
        if (SendsMax is < 1 or > byte.MaxValue) throw new ArgumentException($"SendsMax: {SendsMax} is not 1 to 255");
        foreach (var (name, value) in Durations())
            if (value <= TimeSpan.Zero) throw new ArgumentException($"{name}: {value} is not longer than nothing");
        if (Liveness <= HeartbeatPeriod) throw new ArgumentException($"Liveness: {Liveness} is not longer than HeartbeatPeriod {HeartbeatPeriod}");
        if (GarbageBackOffMax < GarbageBackOffMin) throw new ArgumentException($"GarbageBackOffMax: {GarbageBackOffMax} is less than GarbageBackOffMin");
    }

    private (string Name, TimeSpan Value)[] Durations() =>
    [
        (nameof(HeartbeatPeriod), HeartbeatPeriod), (nameof(Liveness), Liveness), (nameof(ResendAfter), ResendAfter),
        (nameof(AcknowledgeTimeout), AcknowledgeTimeout), (nameof(TaskTimeout), TaskTimeout), (nameof(ConnectTimeout), ConnectTimeout),
        (nameof(CreateWait), CreateWait), (nameof(SweepPeriod), SweepPeriod), (nameof(DeleteTimeout), DeleteTimeout),
        (nameof(GarbageBackOffMin), GarbageBackOffMin), (nameof(GarbageBackOffMax), GarbageBackOffMax),
    ];
}
