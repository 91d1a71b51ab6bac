using CubeActors.Protocol;

namespace CubeActors.Raft;

/// <summary>How a leader sends to a member. Source: CubeFS depends/tiglabs/raft/raft_replica.go.</summary>
public enum ProgressState
{
    /// <summary>Looks for where the logs agree, one message with entries at a time.</summary>
    Probe,
    /// <summary>Sends ahead of the acknowledgements.</summary>
    Replicate,
    /// <summary>Sends nothing: a snapshot is on its way.</summary>
    Snapshot,
}

/// <summary>What a replica knows of one member of its group, itself included. Means something while it leads; belongs to its core's
/// thread.</summary>
public sealed class Progress
{
    internal Progress(NodeId member, int inFlightMax)
    {
        Member = member;
        InFlight = new InFlight(inFlightMax);
    }

    public NodeId Member { get; }
    public ProgressState State { get; internal set; }
    /// <summary>The member's log equals the leader's up to here; for the leader itself, as far as it is saved.</summary>
    public ulong Match { get; internal set; }
    /// <summary>The first entry of the next append.</summary>
    public ulong Next { get; internal set; } = 1;
    /// <summary>The commit index that the member reported last.</summary>
    public ulong Committed { get; internal set; }
    /// <summary>Heard since the leader last counted its quorum.</summary>
    public bool IsActive { get; internal set; }
    /// <summary>The leader's ticks since the member was heard last.</summary>
    public int SilentTicks { get; internal set; }
    /// <summary>Probing, and the answer to the last message with entries is missing.</summary>
    public bool IsPaused { get; internal set; }
    /// <summary>The index of the snapshot under way, in <see cref="ProgressState.Snapshot"/>.</summary>
    public ulong PendingSnapshot { get; internal set; }
    public int InFlightCount => InFlight.Count;

    internal InFlight InFlight { get; }
    /// <summary>Something was sent since the last answer to a heartbeat.</summary>
    internal bool SentSinceEcho { get; set; }
    /// <summary>A Replicate effect without its answer begins here; 0 for none.</summary>
    internal ulong AskedFrom { get; set; }
    /// <summary>Something to send came up while an effect was without its answer.</summary>
    internal bool AskAgain { get; set; }
    /// <summary>The highest round of reads that the member has confirmed in this term.</summary>
    internal ulong ConfirmedRound { get; set; }
    /// <summary>The answer in the current election; null for none.</summary>
    internal bool? Vote { get; set; }

    internal bool MaySend => State switch
    {
        ProgressState.Probe => !IsPaused,
        ProgressState.Replicate => !InFlight.IsFull,
        _ => false,
    };

    /// <summary>As for a member of which a new leader knows nothing.</summary>
    internal void Reset(ulong next)
    {
        (Match, Committed, IsActive, SilentTicks) = (0, 0, false, 0);
        (AskedFrom, AskAgain, SentSinceEcho, ConfirmedRound) = (0, false, false, 0);
        EnterProbe(next);
    }

    internal void EnterProbe(ulong next)
    {
        (State, Next, IsPaused, PendingSnapshot) = (ProgressState.Probe, next, false, 0);
        InFlight.Clear();
    }

    internal void EnterReplicate()
    {
        (State, Next, IsPaused, PendingSnapshot) = (ProgressState.Replicate, Match + 1, false, 0);
        InFlight.Clear();
    }

    internal void EnterSnapshot(ulong index)
    {
        (State, IsPaused, PendingSnapshot) = (ProgressState.Snapshot, false, index);
        InFlight.Clear();
    }

    internal void Heard() => (IsActive, SilentTicks) = (true, 0);
}
