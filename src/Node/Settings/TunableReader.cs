using System.Net;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>Turns the section cubeactors of the HOCON configuration into settings records. The bounds stand here, the defaults in reference.conf.</summary>
internal static class TunableReader
{
    private const long GiB = 1L << 30;
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Below eight of the largest buffers a forwarded append could wait for the buffer of its own answer.</summary>
    public const long BufferBudgetMin = 8 * BufferPool.LargeBytes;

    public static DataPathSettings DataPath(Tunables tunables) => new(
        BufferBudgetBytes: tunables.Size("data-path.buffer-budget", BufferBudgetMin, 1024 * GiB),
        ConnectionsMax: tunables.Count("data-path.connections-max", 1, 1_000_000),
        RequestsPerConnectionMax: tunables.Count("data-path.requests-per-connection-max", 1, 4096),
        ReceiveStall: tunables.Time("data-path.receive-stall", Brief, Hour),
        SendStall: tunables.Time("data-path.send-stall", Brief, Hour),
        FollowerDial: tunables.Time("data-path.follower-dial", Instant, Hour),
        FollowerReply: tunables.Time("data-path.follower-reply", Instant, Hour),
        FollowerDeleteReply: tunables.Time("data-path.follower-delete-reply", Instant, Hour),
        AdminReply: tunables.Time("data-path.admin-reply", Brief, Hour),
        Drain: tunables.Time("data-path.drain", TimeSpan.Zero, TimeSpan.FromMinutes(1)),
        InlineReads: tunables.Switch("data-path.inline-reads"))
    {
        SlowRequest = tunables.Time("data-path.slow-request", TimeSpan.Zero, Hour),
        Waiting = new WaitingSettings(
            AppendAsLeader: tunables.Time("data-path.waiting.append", TimeSpan.Zero, DataPlane.ReplyDeadline),
            AppendAsFollower: tunables.Time("data-path.waiting.append-as-follower", TimeSpan.Zero, DataPlane.ReplyDeadline),
            DeleteAsLeader: tunables.Time("data-path.waiting.delete", TimeSpan.Zero, DataPlane.SlowReplyDeadline),
            DeleteAsFollower: tunables.Time("data-path.waiting.delete-as-follower", TimeSpan.Zero, DataPlane.SlowReplyDeadline),
            RequestsPerPartitionMax: tunables.Count("data-path.waiting.requests-per-partition-max", 0, 100_000),
            BytesPerPartitionMax: tunables.Size("data-path.waiting.bytes-per-partition-max", 0, 64 * GiB),
            RequestsMax: tunables.Count("data-path.waiting.requests-max", 0, 1_000_000),
            BufferShare: tunables.Count("data-path.waiting.buffer-percent", 0, 50) / 100.0),
    };

    public static StorageSettings Storage(Tunables tunables) => new(
        ThreadsPerDisk: tunables.Count("storage.threads-per-disk", 1, 256),
        QueuePerDisk: tunables.Count("storage.queue-per-disk", 1, 1_000_000),
        LoadsPerDisk: tunables.Count("storage.loads-per-disk", 1, 256),
        OpenExtentsPerPartition: tunables.Count("storage.open-extents-per-partition", 1, 100_000),
        FiguresPeriod: tunables.Time("storage.figures-period", Brief, Hour),
        SpacePeriod: tunables.Time("storage.space-period", Brief, Hour),
        SyncPeriod: tunables.Time("storage.sync-period", Brief, Hour),
        ProbePeriod: tunables.Time("storage.probe-period", Brief, Hour),
        DiskDeadline: tunables.Time("storage.disk-deadline", Brief, Hour),
        ReserveFloorBytes: tunables.Size("storage.reserve-floor", 0, 1024 * 1024 * GiB),
        StopOnCorruptPartition: tunables.Choice("storage.corrupt-partition", "stop", "leave-out") == "stop")
    {
        LoadPatience = tunables.Time("storage.load-patience", Brief, Hour),
    };

    public static MasterLinkSettings MasterLink(Tunables tunables) => new(
        RetryMin: tunables.Time("master.retry-min", Instant, Hour),
        RetryMax: tunables.Time("master.retry-max", Instant, Hour),
        ClusterInfoPeriod: tunables.Time("master.cluster-info-period", Brief, TimeSpan.FromDays(1)))
    {
        NodesPeriod = tunables.Time("master.nodes-period", Brief, Hour),
        ReportShare = tunables.Count("master.report-settled", 0, 100) / 100.0,
        ReportPatience = tunables.Time("master.report-patience", Instant, Hour),
    };

    public static SourcePolicy SourceCheck(Tunables tunables) => tunables.Choice("admin-source-check", "off", "warn", "enforce") switch
    {
        "off" => SourcePolicy.Off,
        "warn" => SourcePolicy.Warn,
        _ => SourcePolicy.Enforce,
    };

    public static RepairSettings Repair(Tunables tunables)
    {
        var settings = new RepairSettings
        {
            StreamsPerTask = tunables.Count("repair.streams-per-task", 1, 256),
            TasksPerDisk = tunables.Count("repair.tasks-per-disk", 1, 4096),
            ExtentsPerTask = tunables.Count("repair.extents-per-task", 1, NormalExtentsMax),
            BytesPerTask = tunables.Size("repair.bytes-per-task", BufferPool.LargeBytes, 1024 * GiB),
            TaskPatience = tunables.Time("repair.task-patience", Brief, TimeSpan.FromDays(1)),
            TaskReply = tunables.Time("repair.task-reply", Brief, TimeSpan.FromDays(1)),
            QuietTime = tunables.Time("repair.quiet-time", TimeSpan.FromSeconds(1), Hour),
            CopyPeriod = tunables.Time("repair.copy-period", Brief, Hour),
            CyclesPerNode = tunables.Count("repair.cycles-per-node", 1, 1024),
            CyclePeriod = tunables.Time("repair.cycle-period", Brief, TimeSpan.FromDays(1)),
            FirstCycle = tunables.Time("repair.first-cycle", Instant, TimeSpan.FromDays(1)),
            VerificationsPerNode = tunables.Count("repair.verifications-per-node", 1, 1024),
            VerificationPeriod = tunables.Time("repair.verification-period", Brief, TimeSpan.FromDays(1)),
            FirstVerification = tunables.Time("repair.first-verification", Instant, TimeSpan.FromDays(1)),
            BrokenPeriod = tunables.Time("repair.broken-period", Brief, TimeSpan.FromDays(1)),
            Dial = tunables.Time("repair.dial", Instant, Hour),
            Packet = tunables.Time("repair.packet", Brief, Hour),
            Range = tunables.Time("repair.range", Brief, Hour),
            RetryMin = tunables.Time("repair.retry-min", Instant, Hour),
            RetryMax = tunables.Time("repair.retry-max", Instant, Hour),
            TokenPause = tunables.Time("repair.token-pause", Instant, Hour),
            TriesPerExtent = tunables.Count("repair.tries-per-extent", 1, 1000),
        };
        return settings.RetryMin <= settings.RetryMax
            ? settings
            : throw new SettingsException("cubeactors.repair.retry-min is longer than cubeactors.repair.retry-max; the pause grows from the first to the second");
    }

    public static LedgerSettings Ledger(Tunables tunables) => new()
    {
        HistoryEntries = tunables.Count("ledger.history-entries", 10, 20_000),
        HistoryAge = tunables.Time("ledger.history-age", TimeSpan.FromMinutes(1), TimeSpan.FromDays(366)),
        ProgressPeriod = tunables.Time("ledger.progress-period", Brief, Hour),
        RetryPeriod = tunables.Time("ledger.retry-period", Brief, TimeSpan.FromDays(1)),
    };

    public static IntegritySettings Integrity(Tunables tunables)
    {
        var settings = new IntegritySettings
        {
            ScrubBytesPerSecond = tunables.Size("integrity.scrub-rate", 0, 64 * GiB),
            PassPeriod = tunables.Time("integrity.pass-period", Brief, Years),
            ColdAfter = tunables.Time("integrity.cold-after", TimeSpan.Zero, Years),
            FirstScrub = tunables.Time("integrity.first-scrub", Instant, TimeSpan.FromDays(30)),
            ComparesTiny = tunables.Switch("integrity.compare-tiny"),
            ComparisonsPerDisk = tunables.Count("integrity.comparisons-per-disk", 1, 64),
            SuspectsPerDisk = tunables.Count("integrity.suspects-per-disk", 1, 1_000_000),
            TriesMax = tunables.Count("integrity.tries", 2, 1000), // a difference takes two
            RetryMin = tunables.Time("integrity.retry-min", Instant, Hour),
            RetryMax = tunables.Time("integrity.retry-max", Instant, Hour),
            Confirm = tunables.Time("integrity.confirm", Instant, Hour),
            CatchUp = tunables.Time("integrity.catch-up", TimeSpan.Zero, Hour),
            QuietAfterReport = tunables.Time("integrity.quiet-after-report", TimeSpan.Zero, TimeSpan.FromDays(30)),
            KeptPerPartition = tunables.Count("integrity.kept-per-partition", 0, 100_000),
            KeptFor = tunables.Time("integrity.kept-for", TimeSpan.Zero, Years),
        };
        return settings.RetryMin <= settings.RetryMax
            ? settings
            : throw new SettingsException("cubeactors.integrity.retry-min is longer than cubeactors.integrity.retry-max; the pause grows from the first to the second");
    }

    private static readonly TimeSpan Years = TimeSpan.FromDays(3660);

    /// <summary>A floor below a MiB a second would let a stream of repair stand for minutes, and its peer give it up.</summary>
    public static BudgetSettings Budgets(Tunables tunables) => new()
    {
        Repair = Traffic(tunables, "repair", tunables.Count("repair.streams-per-disk", 1, 4096)),
        Scrub = Traffic(tunables, "scrub", tunables.Count("budgets.scrub-streams", 1, 256)),
        Delete = new TrafficLimits(1, tunables.Count("budgets.deletes-per-second", 0, 1_000_000), 0),
        ServesPerDisk = tunables.Count("budgets.serves-per-disk", 1, 20_000),
        StreamsFromPeer = tunables.Count("budgets.streams-from-peer", 1, 20_000),
        StreamsToPeer = tunables.Count("budgets.streams-to-peer", 1, 20_000),
        BytesFromPeer = tunables.Size("budgets.bytes-from-peer", 0, 1024 * GiB),
        BytesToPeer = tunables.Size("budgets.bytes-to-peer", 0, 1024 * GiB),
        BusyShare = tunables.Count("budgets.busy-percent", 1, 100) / 100.0,
        BusyWait = tunables.Time("budgets.busy-wait", Instant, Hour),
        WaitingMax = tunables.Count("budgets.waiting-max", 1, 1_000_000),
    };

    private static TrafficLimits Traffic(Tunables tunables, string name, int streams)
    {
        var limit = tunables.Size($"budgets.{name}-limit", 0, 1024 * GiB);
        var floor = tunables.Size($"budgets.{name}-floor", 1 << 20, 64 * GiB);
        return limit == 0 || floor <= limit
            ? new TrafficLimits(streams, limit, floor)
            : throw new SettingsException($"cubeactors.budgets.{name}-floor is above cubeactors.budgets.{name}-limit; the rate falls from the second to the first while clients are busy");
    }

    /// <summary>More extents no list of a replica has.</summary>
    private const int NormalExtentsMax = 100_000;

    /// <param name="tick">Of datanode.json.</param>
    public static RaftGroupSettings RaftGroups(Tunables tunables, TimeSpan tick) => new(
        tick,
        MessagesMax: tunables.Count("raft.messages-max", 16, 1_000_000),
        ProposalBytesMax: tunables.Size("raft.proposals-max", BufferPool.LargeBytes, GiB),
        CacheBytesMax: tunables.Size("raft.cache-max", BufferPool.LargeBytes, GiB),
        TurnOverdue: 2 * tick, // an echo is worth two ticks to a leader
        LogWriteOverdue: tunables.Time("raft.log-write-overdue", Brief, Hour),
        ApplyOverdue: tunables.Time("raft.apply-overdue", Brief, Hour),
        AppliedSavePeriod: tunables.Time("raft.applied-save-period", Brief, Hour),
        ExchangePeriod: tunables.Time("raft.exchange-period", Brief, Hour),
        TruncateDelay: tunables.Time("raft.truncate-delay", Brief, TimeSpan.FromDays(1)));

    public static RaftLogWriterSettings RaftLog(Tunables tunables) => new()
    {
        Durability = tunables.Choice("raft.durability", "replicated", "strict") == "strict" ? RaftDurability.Strict : RaftDurability.Replicated,
        SyncInterval = tunables.Time("raft.sync-interval", Instant, Hour),
        QueuedBytesMax = tunables.Size("raft.log-queue-max", BufferPool.LargeBytes, 64 * GiB),
    };

    public static RaftTransportSettings RaftTransport(Tunables tunables)
    {
        var settings = new RaftTransportSettings(
            QueueMessagesMax: tunables.Count("raft.transport.queue-messages-max", 16, 1_000_000),
            QueueBytesMax: tunables.Size("raft.transport.queue-bytes-max", BufferPool.LargeBytes, GiB),
            // What is copied has to fit a block.
            DirectBytes: (int)tunables.Size("raft.transport.direct-bytes", 0, BufferPool.BlockBytes / 2),
            // Not below what a CubeFS leader sends, and not above the smallest budget.
            FrameBytesMax: (int)tunables.Size("raft.transport.frame-max", 2 * BufferPool.LargeBytes, 8 * BufferPool.LargeBytes),
            Dial: tunables.Time("raft.transport.dial", Instant, Hour),
            WriteStall: tunables.Time("raft.transport.write-stall", Brief, Hour),
            ReceiveStall: tunables.Time("raft.transport.receive-stall", Brief, Hour),
            BufferWait: tunables.Time("raft.transport.buffer-wait", Instant, Hour),
            RedialMin: tunables.Time("raft.transport.redial-min", Instant, Hour),
            RedialMax: tunables.Time("raft.transport.redial-max", Instant, Hour),
            ConnectionsMax: tunables.Count("raft.transport.connections-max", 1, 1_000_000),
            SnapshotSendsMax: tunables.Count("raft.transport.snapshot-sends-max", 1, 1000),
            SnapshotBytesMax: tunables.Size("raft.transport.snapshot-max", 0, GiB),
            SnapshotRead: tunables.Time("raft.transport.snapshot-read", Brief, Hour),
            SnapshotWrite: tunables.Time("raft.transport.snapshot-write", Brief, Hour),
            SnapshotAnswer: tunables.Time("raft.transport.snapshot-answer", Brief, Hour))
        {
            LossToldAfter = tunables.Time("raft.transport.loss-told-after", TimeSpan.Zero, Hour),
        };
        return settings.RedialMin <= settings.RedialMax
            ? settings
            : throw new SettingsException(
                "cubeactors.raft.transport.redial-min is longer than cubeactors.raft.transport.redial-max; the pause grows from the first to the second");
    }

    public static HttpSettings Http(Tunables tunables, IPEndPoint endPoint, string zone) => new(
        endPoint, zone,
        ConnectionsMax: tunables.Count("http.connections-max", 1, 100_000),
        HeadersBytesMax: (int)tunables.Size("http.headers-max", 1024, 1 << 20),
        HeaderCountMax: tunables.Count("http.header-count-max", 8, 1000),
        BodyBytesMax: tunables.Size("http.body-max", 0, 64 << 20),
        HeadersTimeout: tunables.Time("http.headers-timeout", Brief, Hour),
        KeepAlive: tunables.Time("http.keep-alive", Brief, Hour))
    {
        ConnectionsPerAddressMax = tunables.Count("http.connections-per-address-max", 1, 100_000),
        RequestsMax = tunables.Count("http.requests-max", 4, 10_000),
        HeavyMax = tunables.Count("http.heavy-max", 1, 1000),
        StreamsMax = tunables.Count("http.streams-max", 1, 10_000),
    };

    /// <returns>Null without an endpoint.</returns>
    public static TelemetrySettings? Telemetry(Tunables tunables)
    {
        // All of it is read, so that a mistake is found before somebody needs the traces.
        var settings = new TelemetrySettings(
            Endpoint: tunables.Address("telemetry.endpoint") ?? new Uri("http://localhost"),
            Protocol: tunables.Choice("telemetry.protocol", "http", "grpc") == "grpc" ? OtlpProtocol.Grpc : OtlpProtocol.HttpProtobuf,
            Headers: HeaderFile.Read("cubeactors.telemetry.headers-file", tunables.File("telemetry.headers-file")),
            SampleOneIn: tunables.Count("telemetry.sample-one-in", 0, 1_000_000_000),
            SlowPerSecond: tunables.Count("telemetry.slow-per-second", 0, 10_000),
            QueueMax: tunables.Count("telemetry.queue-max", 16, 1_000_000),
            BatchMax: tunables.Count("telemetry.batch-max", 1, 10_000),
            Period: tunables.Time("telemetry.period", Brief, Hour),
            MetricsPeriod: tunables.Time("telemetry.metrics-period", TimeSpan.Zero, Hour));
        return tunables.Address("telemetry.endpoint") is null ? null : settings;
    }

    /// <summary>Who may do what on the operators' port, and the port with TLS beside it. Reads the files that the tunables name.</summary>
    public static HttpSettings Guarded(Tunables tunables, HttpSettings http)
    {
        var (token, tls) = (tunables.File("http.token-file"), Tls(tunables, http.EndPoint.Address));
        return http with
        {
            TokenFile = token,
            Tls = tls,
            Guard = OrderGuard.Open(token, tunables.Switch("http.legacy-open"), tunables.Switch("http.token-for-reads"), tls?.EndPoint.Port),
        };
    }

    private static TlsSettings? Tls(Tunables tunables, IPAddress address)
    {
        var (certificate, key, port) = (tunables.File("http.tls.certificate"), tunables.File("http.tls.key"), tunables.Count("http.tls.port", 0, IPEndPoint.MaxPort));
        if (certificate.Length == 0 && key.Length == 0 && port == 0) return null;
        if (certificate.Length == 0 || key.Length == 0 || port == 0)
            throw new SettingsException("cubeactors.http.tls.certificate, cubeactors.http.tls.key and cubeactors.http.tls.port belong together: TLS has all three, or none");
        return new TlsSettings(new IPEndPoint(address, port), CertificateFiles.Open(certificate, key));
    }

    public static LogOutputSettings Log(Tunables tunables) => new(
        IsJson: tunables.Choice("log.format", "text", "json") == "json",
        Packets: tunables.Choice("log.packets", "off", "refused", "all") switch
        {
            "off" => PacketLines.Off,
            "refused" => PacketLines.Refused,
            _ => PacketLines.All,
        },
        FilesMax: tunables.Count("log.files-max", 0, 100_000));

    /// <summary>Of the stop, what stands before its end: the rest of the time is for connections and disks.</summary>
    public static DrainSettings Drain(Tunables tunables) => new()
    {
        HandOverLimit = tunables.Time("process.hand-over-limit", TimeSpan.Zero, Hour),
        HandOverAgain = tunables.Time("process.hand-over-again", Brief, TimeSpan.FromMinutes(1)),
    };

    public static ProcessSettings Process(Tunables tunables) => new(StopDeadline: tunables.Time("process.stop-deadline", Brief, Hour))
    {
        ReadyWhenServing = tunables.Choice("process.notify-ready", "ports", "serving") == "serving",
    };
}
