using CubeActors.Protocol;

namespace CubeActors.Raft;

/// <summary>What a core asks its shell to do. The order within and between batches is part of the promise.</summary>
public enum RaftEffectKind
{
    /// <summary>Store <see cref="RaftEffect.State"/>; with <see cref="RaftEffect.Flag"/> it must be synced before it counts as saved,
    /// without (only the commit index moved) a later one may replace it.</summary>
    SaveHardState,
    /// <summary>Remove <see cref="RaftEffect.First"/> and all entries behind it. What was answered or cached for them is void.</summary>
    TruncateLog,
    /// <summary>Write the entries First..Last, of the message that was stepped or the proposal that was made.</summary>
    AppendLog,
    /// <summary>Write one normal entry without data at <see cref="RaftEffect.Position"/>: a leader's first.</summary>
    AppendEmpty,
    /// <summary>Remove all entries up to <see cref="RaftEffect.Position"/>, whenever it suits; the term of that one stays known.</summary>
    TruncateFront,
    /// <summary>Send <see cref="RaftEffect.Message"/>; with <see cref="RaftEffect.Flag"/> not before everything that this and earlier
    /// batches write is saved, without it at once.</summary>
    Send,
    /// <summary>Send <see cref="RaftEffect.Message"/>, an append, with entries from First: as many up to Last as fit, at least one, none if
    /// First is above Last. Answered once by <see cref="RaftCore.Replicated"/> or <see cref="RaftCore.ReplicateFailed"/>, now or later;
    /// void once <see cref="RaftCore.IsCurrent"/> is false, because other entries may then stand at these indexes.</summary>
    Replicate,
    /// <summary>Send a snapshot at <see cref="RaftEffect.Position"/> with the present members to <see cref="RaftEffect.Peer"/>; answered
    /// once by <see cref="RaftCore.SnapshotEnded"/>. <see cref="RaftEffect.Message"/> is the front of its stream.</summary>
    SendSnapshot,
    /// <summary>Stop applying, put the snapshot that was stepped into the place of state and log, then say
    /// <see cref="RaftCore.SnapshotInstalled"/>
    /// or <see cref="RaftCore.SnapshotFailed"/>. Nothing is listened to before.</summary>
    InstallSnapshot,
    /// <summary>Apply the entries up to <see cref="RaftEffect.Last"/>, in order; they are saved here. Membership entries go through
    /// <see cref="RaftCore.ChangeMembers"/> first. Answered by <see cref="RaftCore.AppliedTo"/>.</summary>
    Commit,
    /// <summary>Role or leader changed: <see cref="RaftEffect.Peer"/> leads <see cref="RaftEffect.Term"/>, 0 for nobody known. Published
    /// before any message behind it leaves.</summary>
    LeadershipChanged,
    /// <summary>Reads with a ticket up to <see cref="RaftEffect.Last"/> may be served now.</summary>
    ReadReady,
    /// <summary>Reads with a ticket up to <see cref="RaftEffect.Last"/> must go to another leader.</summary>
    ReadFailed,
}

/// <summary>One thing to do; each kind uses the fields that its text names.</summary>
/// <param name="Flag">SaveHardState: must be synced. Send: after the saves.</param>
public readonly record struct RaftEffect(
    RaftEffectKind Kind, bool Flag, RaftMessage Message, HardState State, ulong First, ulong Last)
{
    /// <summary>The receiver of a message, or the new leader.</summary>
    public NodeId Peer => Message.To;
    public ulong Term => Message.Term;
    /// <summary>Of an empty entry, a truncation or a snapshot.</summary>
    public LogPosition Position => new(Message.LogTerm, Message.Index);
    /// <summary>A <see cref="RaftEffectKind.Send"/> that waits for what was written before it.</summary>
    public bool IsAfterSave => Flag;
    /// <summary>A <see cref="RaftEffectKind.SaveHardState"/> that must be on the disk, not just written, before what stands behind it
    /// leaves.</summary>
    public bool MustSync => Flag;

    internal static RaftEffect SaveHardState(HardState state, bool mustSync) =>
        new(RaftEffectKind.SaveHardState, mustSync, default, state, 0, 0);
    internal static RaftEffect TruncateLog(ulong from) => new(RaftEffectKind.TruncateLog, false, default, default, from, 0);
    internal static RaftEffect AppendLog(ulong first, ulong last) => new(RaftEffectKind.AppendLog, false, default, default, first, last);
    internal static RaftEffect AppendEmpty(LogPosition at) => new(RaftEffectKind.AppendEmpty, false, At(at), default, at.Index, at.Index);
    internal static RaftEffect TruncateFront(LogPosition upTo) =>
        new(RaftEffectKind.TruncateFront, false, At(upTo), default, 0, upTo.Index);
    internal static RaftEffect Send(in RaftMessage message, bool afterSave) => new(RaftEffectKind.Send, afterSave, message, default, 0, 0);
    internal static RaftEffect Replicate(in RaftMessage message, ulong last) =>
        new(RaftEffectKind.Replicate, false, message, default, message.Index + 1, last);
    internal static RaftEffect SendSnapshot(in RaftMessage message) => new(RaftEffectKind.SendSnapshot, false, message, default, 0, 0);
    internal static RaftEffect InstallSnapshot(LogPosition at) => new(RaftEffectKind.InstallSnapshot, false, At(at), default, 0, at.Index);
    internal static RaftEffect Commit(ulong upTo) => new(RaftEffectKind.Commit, false, default, default, 0, upTo);
    internal static RaftEffect LeadershipChanged(ulong term, NodeId leader) =>
        new(RaftEffectKind.LeadershipChanged, false, new RaftMessage { Term = term, To = leader }, default, 0, 0);
    internal static RaftEffect ReadReady(ulong upTo) => new(RaftEffectKind.ReadReady, false, default, default, 0, upTo);
    internal static RaftEffect ReadFailed(ulong upTo) => new(RaftEffectKind.ReadFailed, false, default, default, 0, upTo);

    private static RaftMessage At(LogPosition position) => new() { LogTerm = position.Term, Index = position.Index };
}
