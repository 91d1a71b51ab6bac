using System.Net;
using CubeActors.Actors;

namespace CubeActors.Simulation.Nodes;

/// <summary>Deliberate faults of the machines around the nodes, which the checks must find.</summary>
internal enum NodeMutation
{
    None,

    /// <summary>The link to a follower answers for it, and the follower never sees the packet.</summary>
    FollowerLies,

    /// <summary>A member of the raft group seems to acknowledge entries that never came to it.</summary>
    MemberLies,

    /// <summary>fsync does nothing.</summary>
    SyncSkipped,

    /// <summary>Two replies of one connection change places.</summary>
    RepliesCrossed,

    /// <summary>A loss of power goes unnoticed: the kernel names the same boot.</summary>
    LossUnnoticed,
}

/// <summary>What may go wrong in one run of whole nodes, drawn from its seed. The odds of a fault, each time the dice are thrown, are one to the number; 0 is never.</summary>
internal sealed record NodePlan
{
    public const int ReplicaPort = 17340;

    public required int Seed { get; init; }
    public NodeMutation Mutation { get; init; }
    public RaftDurability Durability { get; init; }
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);
    public TimeSpan LatencyMax { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How long faults go on; a quiet time follows.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public int KillsIn { get; init; }
    public int TearsIn { get; init; }
    public int CutsPowerIn { get; init; }
    public int StopsIn { get; init; }
    public int CutsNetworkIn { get; init; }
    public int BreaksIn { get; init; }
    public int StallsIn { get; init; }
    public int SlowsDiskIn { get; init; }
    public int PausesIn { get; init; }
    public int DrainsIn { get; init; }

    /// <summary>The one machine whose power may fail: more than a minority may not lose what was not synced.</summary>
    public int PowerOf { get; init; }

    public int DiskMicrosecondsMax { get; init; }
    public long BufferBytes { get; init; } = 16 << 20;
    public int Appenders { get; init; } = 2;
    public int Overwriters { get; init; } = 2;
    public int Readers { get; init; } = 2;

    public static NodePlan FromSeed(int seed)
    {
        var random = new Random(seed);
        int Sometimes(int inSo) => random.Next(3) == 0 ? 0 : random.Next(inSo / 2, inSo * 2);
        return new NodePlan
        {
            Seed = seed,
            Durability = random.Next(2) == 0 ? RaftDurability.Strict : RaftDurability.Replicated,
            LatencyMax = TimeSpan.FromMicroseconds(random.Next(2) == 0 ? 2000 : random.Next(100, 30_000)),
            KillsIn = Sometimes(14),
            TearsIn = Sometimes(14),
            CutsPowerIn = Sometimes(15),
            StopsIn = Sometimes(18),
            CutsNetworkIn = Sometimes(10),
            BreaksIn = Sometimes(5),
            StallsIn = Sometimes(5),
            SlowsDiskIn = Sometimes(8),
            PausesIn = Sometimes(10),
            PowerOf = random.Next(3),
            DiskMicrosecondsMax = random.Next(2) == 0 ? 0 : random.Next(100, 5000),
            Appenders = random.Next(1, 4),
            Overwriters = random.Next(1, 4),
            Readers = random.Next(1, 4),
            DrainsIn = Sometimes(20),
        };
    }

    /// <summary>How long the next item keeps a thread of the disk.</summary>
    public Func<TimeSpan> DiskTakes(Random random) =>
        DiskMicrosecondsMax == 0 ? () => TimeSpan.Zero : () => TimeSpan.FromMicroseconds(random.Next(DiskMicrosecondsMax));

    public DataNodeSettings SettingsFor(NodeMachine machine) => new(
        new NodeIdentity(IPAddress.Parse(machine.Host), BindToLocalAddress: true, NodeMachine.DataPort, 17810, "17330", $"{ReplicaPort}", "zone-a", 1, ""),
        [new DiskSettings(NodeMachine.DiskPath, ReservedBytes: 0)],
        ["127.0.0.1:17010"],
        new DataPathSettings(
            BufferBudgetBytes: BufferBytes, ConnectionsMax: 200, RequestsPerConnectionMax: 16, ReceiveStall: TimeSpan.FromSeconds(10), SendStall: TimeSpan.FromSeconds(5),
            FollowerDial: TimeSpan.FromSeconds(1), FollowerReply: TimeSpan.FromSeconds(5), FollowerDeleteReply: TimeSpan.FromSeconds(120), AdminReply: TimeSpan.FromSeconds(25),
            Drain: TimeSpan.FromSeconds(1), InlineReads: Seed % 2 == 0),
        new StorageSettings(
            NodeProcess.ThreadsPerDisk, QueuePerDisk: 1000, LoadsPerDisk: 4, OpenExtentsPerPartition: 4, FiguresPeriod: TimeSpan.FromSeconds(3), SpacePeriod: TimeSpan.FromSeconds(2),
            SyncPeriod: TimeSpan.FromSeconds(4), ProbePeriod: TimeSpan.FromSeconds(5), DiskDeadline: TimeSpan.FromSeconds(30), ReserveFloorBytes: 0, StopOnCorruptPartition: false),
        new MasterLinkSettings(RetryMin: TimeSpan.FromHours(1), RetryMax: TimeSpan.FromHours(1), ClusterInfoPeriod: TimeSpan.FromHours(1)),
        new RaftTransportSettings(
            QueueMessagesMax: 1000, QueueBytesMax: 4 << 20, DirectBytes: 16 << 10, FrameBytesMax: 2 << 20, Dial: TimeSpan.FromSeconds(2), WriteStall: TimeSpan.FromSeconds(2),
            ReceiveStall: TimeSpan.FromSeconds(10), BufferWait: TimeSpan.FromSeconds(1), RedialMin: TimeSpan.FromMilliseconds(50), RedialMax: TimeSpan.FromMilliseconds(500),
            ConnectionsMax: 50, SnapshotSendsMax: 10, SnapshotBytesMax: 4096, SnapshotRead: TimeSpan.FromSeconds(10), SnapshotWrite: TimeSpan.FromSeconds(5),
            SnapshotAnswer: TimeSpan.FromSeconds(20)),
        new RaftGroupSettings(
            Tick, MessagesMax: 2048, ProposalBytesMax: 8 << 20, CacheBytesMax: 256 << 10, TurnOverdue: Tick * 2, LogWriteOverdue: TimeSpan.FromSeconds(1), ApplyOverdue: TimeSpan.FromSeconds(3),
            AppliedSavePeriod: TimeSpan.FromSeconds(2), ExchangePeriod: TimeSpan.FromSeconds(2), TruncateDelay: TimeSpan.FromSeconds(3)),
        new RaftLogWriterSettings { Durability = Durability, SyncInterval = TimeSpan.FromMilliseconds(500) })
    {
        Repair = new RepairSettings { FirstCycle = TimeSpan.FromSeconds(1), CyclePeriod = TimeSpan.FromSeconds(4), TaskPatience = TimeSpan.FromSeconds(10), Packet = TimeSpan.FromSeconds(10) },
    };
}
