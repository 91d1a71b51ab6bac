namespace CubeActors.Raft;

/// <summary>The numbers of a group. All members of a group should use the same; a tick is 300 ms in a CubeFS data node.</summary>
/// <remarks>Source of the defaults, where none is named: raft as a CubeFS data node runs it, raftstore/raftstore.go and
/// depends/tiglabs/raft/config.go. They are checked once, by the core that gets them.</remarks>
public sealed record RaftSettings
{
    /// <summary>A follower that knows its leader waits twice as long; one without waits between once and twice as long, at
    /// random.</summary>
    public int ElectionTicks { get; init; } = 3;

    /// <summary>A leader counts after so many ticks whom it has heard, and gives up without a quorum: one less than an election.</summary>
    public int QuorumCheckTicks => ElectionTicks - 1;

    /// <summary>Append messages with entries that may be unacknowledged by one member.</summary>
    public int InFlightMax { get; init; } = 128;

    /// <summary>Append messages that a leader sends ahead to a member which is behind, each up to <see cref="AppendBytesMax"/>: a bound
    /// of memory. New proposals go out up to <see cref="InFlightMax"/> all the same. Ours; CubeFS sends a member that is behind about one
    /// a tick.</summary>
    public int BacklogInFlightMax { get; init; } = 8;

    /// <summary>What the shell puts into one append; one entry more than fits is no error. The core counts no bytes.</summary>
    public int AppendBytesMax { get; init; } = 1 << 20;

    /// <summary>Entries behind the newest that a truncation leaves. Source: CubeFS datanode/server.go DefaultRaftLogsToRetain.</summary>
    public int EntriesRetained { get; init; } = 10;

    /// <summary>How long a confirmed round lets a leader answer reads, from the tick in which the round was sent. 0: every read asks the
    /// members.</summary>
    public int LeaseTicks { get; init; } = 2;

    /// <summary>For so many ticks a replica refuses to elect another after it has confirmed a leader, and after its own start; so long
    /// also is a leader silent that came by a forced vote. One for the tick that was under way, one for clocks that do not agree, and the
    /// lease.</summary>
    public int PromiseTicks => LeaseTicks == 0 ? 0 : LeaseTicks + 2;

    /// <summary>A replica that abstains campaigns all the same once it has heard no leader for so long: 10 s.</summary>
    public int AbstentionTicksMax { get; init; } = 34;

    /// <summary>A replica that may have lost what it acknowledged takes part in elections all the same once it has heard no leader for so
    /// long: 60 s, for the case that all have lost power together.</summary>
    public int RejoinTicksMax { get; init; } = 200;

    /// <summary>Once no leader was heard for so long, a node that is no member is obeyed as one; 0 for never. A replica that was away
    /// while the members were replaced knows none of those who could tell it. Go obeys strangers at any time. The default, 3.6 s, is twice the
    /// time after which a follower stands for election itself; why it is safe: docs/decisions/0004.</summary>
    public int StrangersObeyedAfterTicks { get; init; } = 12;

    /// <exception cref="ArgumentException">A number is outside what the core can work with.</exception>
    internal void Check()
    {
        Require(ElectionTicks is >= 2 and <= 1000, nameof(ElectionTicks));
        Require(InFlightMax is >= 1 and <= 65536, nameof(InFlightMax));
        Require(BacklogInFlightMax >= 1 && BacklogInFlightMax <= InFlightMax, nameof(BacklogInFlightMax));
        Require(EntriesRetained >= 0, nameof(EntriesRetained));
        // A promise that outlived the time after which a follower stands for election would only delay elections.
        Require(LeaseTicks >= 0 && PromiseTicks <= 2 * ElectionTicks, nameof(LeaseTicks));
        Require(AbstentionTicksMax >= 1, nameof(AbstentionTicksMax));
        Require(StrangersObeyedAfterTicks >= 0, nameof(StrangersObeyedAfterTicks));
        Require(RejoinTicksMax >= 1, nameof(RejoinTicksMax));
    }

    private static void Require(bool condition, string name)
    {
        if (!condition) throw new ArgumentException($"raft: {name} is out of range", name);
    }
}
