using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Actors.Tests;

/// <summary>What a test may want otherwise of its node. The waits are long, so that none passes on a busy machine unless a test is about it.</summary>
internal sealed record NodeOptions
{
    public TimeProvider Time { get; init; } = TimeProvider.System;
    public INetwork Network { get; init; } = new TcpNetwork();

    /// <summary>The files of a node, given its directory.</summary>
    public Func<string, IFileSystem> Files { get; init; } = _ => LinuxFileSystem.Instance;

    /// <summary>Who sees each request; null: nobody.</summary>
    public IPacketTrace? Packets { get; init; }

    /// <summary>Takes what is traced; null: nobody does.</summary>
    public ITraceSink? Spans { get; init; }
    public int ThreadsPerDisk { get; init; } = 2;
    public int QueuePerDisk { get; init; } = 1024;
    public long BufferBudgetBytes { get; init; } = 64 << 20;

    /// <summary>Groups decide quickly, and no wait of theirs passes on a busy machine.</summary>
    public RaftGroupSettings RaftGroups { get; init; } = RaftWorld.Groups with
    {
        Tick = TimeSpan.FromMilliseconds(20),
        TurnOverdue = Patience.Long,
        LogWriteOverdue = Patience.Long,
        ApplyOverdue = Patience.Long,
    };

    /// <summary>Extents are compared only in tests about it.</summary>
    public RepairSettings Repair { get; init; } = new() { FirstVerification = TimeSpan.FromDays(1), FirstCycle = TimeSpan.FromDays(1) };

    /// <summary>Nothing is scrubbed but in tests about it.</summary>
    public IntegritySettings Integrity { get; init; } = new();

    public DiskQosSettings DiskQos { get; init; } = DiskQosSettings.Default;

    /// <summary>No disk is ever busy: its threads take real time, and the clock of a test may stand still.</summary>
    public BudgetSettings Budgets { get; init; } = new() { BusyShare = 1_000_000, BusyWait = TimeSpan.FromDays(1) };

    public DataPathSettings DataPath { get; init; } = new(
        BufferBudgetBytes: 64 << 20, ConnectionsMax: 4096, RequestsPerConnectionMax: 64, ReceiveStall: Patience.Long, SendStall: Patience.Long, FollowerDial: TimeSpan.FromSeconds(20),
        FollowerReply: Patience.Long, FollowerDeleteReply: Patience.Long * 2, AdminReply: Patience.Long, Drain: TimeSpan.FromSeconds(5), InlineReads: true);
}
