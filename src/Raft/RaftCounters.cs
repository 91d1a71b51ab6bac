namespace CubeActors.Raft;

/// <summary>What a core did not obey, and why. Bytes of a peer are counted here; they never break an invariant.</summary>
public sealed class RaftCounters
{
    /// <summary>Messages that no honest member sends: impossible terms or indexes, entries with gaps, our own name as the sender.</summary>
    public long Malformed { get; internal set; }
    /// <summary>Messages of nodes that are no members. A value that grows means a peer with another idea of the group.</summary>
    public long FromStrangers { get; internal set; }
    /// <summary>Messages of a term that is over.</summary>
    public long OfOldTerms { get; internal set; }
    /// <summary>Requests for a vote without an answer: a leader is alive, a promise runs, or this replica must not vote yet.</summary>
    public long VotesWithheld { get; internal set; }
    /// <summary>Heartbeats of a node that does not lead the current term.</summary>
    public long FalseHeartbeats { get; internal set; }
    /// <summary>Another node claims to lead the term that this one leads. Never in a sound group.</summary>
    public long RivalLeaders { get; internal set; }
    /// <summary>Appends that did not fit the log and were answered with a hint.</summary>
    public long AppendsRejected { get; internal set; }
    /// <summary>A member rejected entries that it had acknowledged: an answer came late, or (if it goes on) it has lost them by a
    /// power cut.</summary>
    public long MembersRewound { get; internal set; }
    /// <summary>Messages that came while a snapshot was being installed.</summary>
    public long WhileInstalling { get; internal set; }
    /// <summary>Leaderships given up because too few members were heard.</summary>
    public long QuorumsLost { get; internal set; }
}
