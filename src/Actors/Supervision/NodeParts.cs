using System.Collections.Immutable;
using Akka.Event;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What the supervisor of a node works with, made by <see cref="DataNode"/>.</summary>
internal sealed class NodeParts(DataNodeSettings settings, INetwork network, TimeProvider time, Random random, MasterClient masters, ConnectionTable connections, NodeGate gate, NodeBoard board, AdminDesk desk)
{
    private volatile string _address = "";
    private ulong _id;

    public DataNodeSettings Settings => settings;
    public INetwork Network => network;
    public TimeProvider Time => time;
    public Random Random => random;
    public MasterClient Masters => masters;
    public ConnectionTable Connections => connections;
    public NodeGate Gate => gate;
    public NodeBoard Board => board;
    public AdminDesk Desk => desk;

    /// <summary>What looks after the blocks of each disk; empty where nobody does.</summary>
    public IReadOnlyList<IntegrityParts> Integrity { get; init; } = [];

    /// <summary>The partitions that serve.</summary>
    public required PartitionGates Gates { get; init; }

    /// <summary>Completes when disks and masters may be touched.</summary>
    public Task MayLoad { get; init; } = Task.CompletedTask;

    /// <summary>Where masters and data nodes dial from.</summary>
    public KnownSources Sources { get; init; } = new();

    /// <summary>What the node keeps of itself; null where it keeps nothing.</summary>
    public NodeState? State { get; init; }

    /// <summary>The text of <c>/proc/stat</c>; null where there is none.</summary>
    public Func<string?> ReadCpuTimes { get; init; } = () => null;

    /// <summary><c>ip:port</c>, once it is known.</summary>
    public string Address { get => _address; set => _address = value; }

    /// <summary>The id under which the masters know this node, as far as it is known; else 0.</summary>
    public NodeId Id { get => new(Volatile.Read(ref _id)); set => Volatile.Write(ref _id, value.Value); }

    /// <summary>The raft ports are bound and read.</summary>
    public bool HasRaftPorts { get; set; }

    /// <summary>What the actor of the disk with this index works with.</summary>
    public required Func<int, DiskContext> ContextOf { get; init; }

    /// <summary>The raft group of a partition on this node, if it takes part in one.</summary>
    public required Func<PartitionId, RaftGroupPort?> FindGroup { get; init; }

    /// <summary>The raft groups of this node; null where nothing is handed over before a stop.</summary>
    public RaftNode? Raft { get; init; }

    /// <summary>Asks members of other nodes to lead.</summary>
    public LeadershipTransfer? Transfer { get; init; }

    /// <summary>What the drain last said of itself.</summary>
    public DrainBoard Drain { get; } = new(time);

    /// <summary>All operations of this node.</summary>
    public LedgerBoard Ledger { get; init; } = new(settings.Ledger, time, random, NoLogger.Instance);

    /// <summary>Keeps them over a restart; null where nothing is kept.</summary>
    public LedgerFile? LedgerFile { get; init; }

    /// <summary>Asks a leader master which partitions this node holds; null where nobody can be asked, and then no directory is ever set aside.</summary>
    public Func<CancellationToken, Task<RosterAnswer>>? Roster { get; init; }

    /// <summary>The ports are bound.</summary>
    public required Action<PortListener.Bound> Bound { get; init; }

    /// <summary>The node cannot run as it is: one sentence that says what to do.</summary>
    public required Action<string> Fatal { get; init; }

    /// <summary>A new state to show.</summary>
    public required Action<NodePhase, ImmutableArray<string>, NodeId> Publish { get; init; }

    /// <summary>Everything is closed.</summary>
    public required Action Stopped { get; init; }
}
