using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What the data path needs to know of one data partition: immutable, published by its <see cref="PartitionActor"/>.</summary>
/// <remarks>
/// The actor decides whether and how the partition serves; bytes pass through here, beside the mailbox. A change is a new gate in the
/// <see cref="PartitionGates"/>; the count of those inside is common to all gates of one store.
/// </remarks>
public sealed class PartitionGate
{
    private readonly StoreUsage _usage;

    internal PartitionGate(PartitionId partition, string volume, IReadOnlyList<string> hosts, ExtentStore store, IWorkQueue disk, GateFlags flags, StoreUsage usage, IActorRef owner,
        StateMachine machine, RaftGroupPort? raft)
    {
        Partition = partition;
        Volume = volume;
        Hosts = hosts;
        Store = store;
        Disk = disk;
        Flags = flags;
        _usage = usage;
        Owner = owner;
        Machine = machine;
        Raft = raft;
    }

    public PartitionId Partition { get; }
    public string Volume { get; }

    /// <summary>All replicas in the master's order; the first is the chain leader.</summary>
    public IReadOnlyList<string> Hosts { get; }

    /// <summary>Touch it only between <see cref="TryEnter"/> and <see cref="Exit"/>, on the threads of <see cref="Disk"/>.</summary>
    public ExtentStore Store { get; }

    /// <summary>The I/O threads of the partition's disk.</summary>
    public IWorkQueue Disk { get; }
    public GateFlags Flags { get; }

    /// <summary>The actor that decides for this partition; told of disk faults under a request.</summary>
    internal IActorRef Owner { get; }

    /// <summary>What the raft log changes; answers for the applied id also while there is no group.</summary>
    internal StateMachine Machine { get; }

    /// <summary>The way into the partition's group; null while this replica does not take part in it.</summary>
    internal RaftGroupPort? Raft { get; }

    /// <summary>The limits of the partition's disk.</summary>
    internal DiskLimits Limits { get; init; } = DiskLimits.None;

    /// <summary>What other replicas were told of this one's log of tiny deletes; the same for all gates of one store.</summary>
    internal RecordAnnouncement Announced { get; private init; } = new();

    /// <summary>Where requests through this gate are counted; kept by <see cref="OperationMeters"/>.</summary>
    internal PartitionMeter? Meter { get; set; }

    /// <summary>A block that does not match its CRC is read from another replica, if there is one.</summary>
    public bool HasOtherReplicas => Hosts.Count > 1;

    /// <summary>Who is inside the store, for work that does not come through the gate.</summary>
    internal StoreUsage Usage => _usage;

    /// <summary>What was done on this partition; the same counts for all gates of one store.</summary>
    public OperationCounts Operations => Machine.Operations;

    /// <returns>False if the partition is closing: treat it as unknown.</returns>
    public bool TryEnter() => _usage.TryEnter();

    public void Exit() => _usage.Exit();

    internal PartitionGate With(GateFlags flags, IReadOnlyList<string> hosts, RaftGroupPort? raft) =>
        new(Partition, Volume, hosts, Store, Disk, flags, _usage, Owner, Machine, raft) { Limits = Limits, Announced = Announced };

    internal Task CloseAsync() => _usage.CloseAsync();
}

/// <summary>What a partition admits at the moment. Source of each rule: data-plane 3.2, order of the local step.</summary>
/// <param name="HasSpace">Neither the partition nor its disk is full; without it creates and appends get 0xF6.</param>
/// <param name="DiskAvailable">The disk has not been given up; without it creates and appends get 0xF7.</param>
/// <param name="Repairing">A replica is being rebuilt: appends and batch deletes get 0xB5.</param>
/// <param name="Recovering">This replica is not complete yet: a read beyond its end is 0xB6 instead of 0xF3.</param>
public readonly record struct GateFlags(bool HasSpace, bool DiskAvailable, bool Repairing, bool Recovering)
{
    /// <summary>A healthy partition.</summary>
    public static readonly GateFlags Open = new(HasSpace: true, DiskAvailable: true, Repairing: false, Recovering: false);

    /// <summary>META counts disk errors: what other replicas compare and repair themselves by is answered, and deletes; nothing else that a client wants.</summary>
    public bool IsOutOfService { get; init; }
}
