using CubeActors.Raft;

namespace CubeActors.Actors;

/// <summary>Numbers of a node besides its operations, at one moment. Counts since the start, unless they say now.</summary>
/// <param name="Cluster">Its name; empty until the node is registered.</param>
/// <param name="ConnectionsOpen">Connections and smux streams now.</param>
/// <param name="BuffersOut">Leases that are out now.</param>
/// <param name="BufferBytesOut">Bytes of them.</param>
/// <param name="BufferWaiters">Connections that wait for a lease now.</param>
/// <param name="ReplyMismatches">Answers of other nodes that did not match their request. More than none is an alert.</param>
/// <param name="DiskQueues">Work that waits for each disk now.</param>
public sealed record NodeFigures(
    string Cluster, int ConnectionsOpen, long BuffersOut, long BufferBytesOut, int BufferWaiters, long ReplyMismatches, IReadOnlyList<DiskQueue> DiskQueues,
    RaftFigures Raft)
{
    /// <summary>Partitions that the master says are here and are not: not loaded. Source of the split: CubeFS datanode/server.go checkLackPartitions.</summary>
    public int LackInMemory { get; init; }

    /// <summary>The same: not even a directory on a disk.</summary>
    public int LackOnDisk { get; init; }

    /// <summary>The mismatches by their first doubt, in the order of <see cref="ReplyDoubtNames.All"/>.</summary>
    public IReadOnlyList<long> MismatchesByDoubt { get; init; } = [];

    /// <summary>Packets by opcode that came from none of those who send them.</summary>
    public IReadOnlyList<(string Opcode, long Count)> UnexpectedSources { get; init; } = [];

    /// <summary>Operations and alerts.</summary>
    public OperationFigures Operations { get; init; } = OperationFigures.None;

    /// <summary>Repair of replicas, here and from here.</summary>
    public RepairFigures Repair { get; init; } = new(0, 0, 0, 0, 0, 0, 0);

    /// <summary>Blocks compared and scrubbed.</summary>
    public IntegrityView Integrity { get; init; } = IntegrityView.None;

    /// <summary>Budgets of repair, scrubbing and deletes.</summary>
    public BudgetFigures Budgets { get; init; } = BudgetFigures.None;

    /// <summary>Requests that wait for partitions which do not serve yet, now, and the bytes of the buffers that they hold.</summary>
    public int Parked { get; init; }

    /// <inheritdoc cref="Parked"/>
    public long ParkedBytes { get; init; }

    /// <summary>How long requests were in each of their phases.</summary>
    public IReadOnlyList<PhaseReading> Phases { get; init; } = [];

    /// <summary>Requests that were refused.</summary>
    public IReadOnlyList<RefusalReading> Refusals { get; init; } = [];

    /// <summary>Requests that took longer than data-path.slow-request.</summary>
    public long SlowRequests { get; init; }

    /// <summary>Bytes that buffers of payload may take together.</summary>
    public long BufferBudgetBytes { get; init; }

    /// <summary>When a master last answered a question of this node; null: none has yet.</summary>
    public DateTimeOffset? MasterAnsweredAt { get; init; }

    /// <summary>When the last heartbeat came; null: none has yet.</summary>
    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>How such waits ended so far.</summary>
    public IReadOnlyList<WaitReading> Waits { get; init; } = [];
}

/// <param name="Streams">Extents that are being fetched now.</param>
/// <param name="Extents">Brought level here.</param>
/// <param name="Bytes">Fetched for them, and for what was not brought level.</param>
/// <param name="Failed">Extents given up until the next task.</param>
/// <param name="Cycles">Comparisons of the normal extents of a partition that this node leads the repair of.</param>
/// <param name="Shares">Other replicas that were told what they lack.</param>
/// <param name="SharesFailed">Of them, those that did not answer for all of it.</param>
public sealed record RepairFigures(int Streams, long Extents, long Bytes, long Failed, long Cycles, long Shares, long SharesFailed);

/// <param name="Depth">Client, load and repair work together.</param>
/// <param name="LogDepth">Writes of raft logs.</param>
public sealed record DiskQueue(string Path, int Depth, int LogDepth);

/// <param name="GroupsByRole">Groups that this node takes part in now.</param>
/// <param name="InboundConnections">Now.</param>
/// <param name="SnapshotsUnderWay">Now.</param>
/// <param name="SendQueueBytes">Now.</param>
/// <param name="Dropped">Messages not sent, by reason.</param>
/// <param name="ReceiveProblems">Connections closed or frames skipped, by reason.</param>
/// <param name="MessagesDropped">By groups that do not keep up.</param>
/// <param name="ProposalsRefused">By groups in which too much was under way.</param>
public sealed record RaftFigures(
    IReadOnlyDictionary<RaftRole, int> GroupsByRole, int InboundConnections, int SnapshotsUnderWay, long SendQueueBytes, long MessagesSent, long BytesSent, long MessagesReceived,
    long BytesReceived, long Dials, long DialsFailed, IReadOnlyList<(string Reason, long Count)> Dropped, IReadOnlyList<(string Reason, long Count)> ReceiveProblems,
    long MessagesDropped, long ProposalsRefused)
{
    /// <summary>Leaderships given up because this node could not serve as leader, by reason.</summary>
    public IReadOnlyList<(string Reason, long Count)> GivenUp { get; init; } = [];

    internal static RaftFigures Of(RaftNode node, RaftTransport transport, RaftReceiver? receiver)
    {
        var groups = node.Groups;
        var sent = transport.Figures;
        var received = receiver?.Figures ?? default;
        return new RaftFigures(
            groups.CountBy(group => group.Status.Role).ToDictionary(), receiver?.Connections ?? 0, transport.SnapshotsUnderWay, sent.QueuedBytes, sent.Messages, sent.Bytes,
            received.Messages, received.Bytes, sent.Dials, sent.DialsFailed,
            [
                ("queue_full", sent.DroppedQueueFull), ("no_buffer", sent.DroppedNoBuffer), ("unreachable", sent.DroppedUnreachable),
                ("unknown_peer", sent.DroppedUnknownPeer), ("lost", sent.DroppedLost),
            ],
            [
                ("skipped", received.Skipped), ("forbidden_type", received.DroppedTypes), ("malformed", received.Malformed), ("stalled", received.Stalled),
                ("no_buffer", received.NoBuffer), ("too_many", received.Refused),
            ],
            groups.Sum(group => group.MessagesDropped), groups.Sum(group => group.ProposalsRefused))
        {
            GivenUp = node.GivenUp,
        };
    }
}
