using System.Buffers;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What a group can be told.</summary>
internal enum RaftInputKind
{
    Tick,

    /// <summary><see cref="RaftInput.Message"/>, with its entries if it is an append.</summary>
    Message,

    /// <summary>A command to put into the log: <see cref="RaftInput.Proposal"/>.</summary>
    Propose,

    /// <summary>A leader read that waits for its turn: <see cref="RaftInput.Reader"/>.</summary>
    Read,

    /// <summary>Anything rare: <see cref="RaftInput.Order"/> runs in the group's turn.</summary>
    Order,
}

/// <summary>One thing a group is told, in the queue of its <see cref="RaftGroupPort"/>.</summary>
/// <param name="Dropped">Of an order: called if it is never run.</param>
/// <param name="Entries">Of an append; a rented array, its leases held. Given back by <see cref="Release"/>.</param>
internal readonly record struct RaftInput(
    RaftInputKind Kind, RaftMessage Message, RaftPayload[]? Entries, int EntryCount, IProposal? Proposal, ILeaderRead? Reader, Action<RaftGroup>? Order, Action? Dropped)
{
    public static RaftInput Tick => new() { Kind = RaftInputKind.Tick };

    public static RaftInput Of(in RaftMessage message) => new() { Kind = RaftInputKind.Message, Message = message };

    public static RaftInput Of(in RaftMessage append, RaftPayload[] entries, int count) =>
        new() { Kind = RaftInputKind.Message, Message = append, Entries = entries, EntryCount = count };

    public static RaftInput Propose(IProposal proposal) => new() { Kind = RaftInputKind.Propose, Proposal = proposal };

    public static RaftInput Read(ILeaderRead reader) => new() { Kind = RaftInputKind.Read, Reader = reader };

    public static RaftInput Run(Action<RaftGroup> order, Action? dropped) => new() { Kind = RaftInputKind.Order, Order = order, Dropped = dropped };

    /// <summary>Gives back what an append holds. Called once by whoever is done with the input.</summary>
    public void Release()
    {
        if (Entries is null) return;
        for (var i = 0; i < EntryCount; i++) Entries[i].Lease?.Release();
        ArrayPool<RaftPayload>.Shared.Return(Entries, clearArray: true);
    }
}

/// <summary>A command on its way through a group: given in by the data path, ended exactly once.</summary>
internal interface IProposal
{
    /// <summary>The command: <see cref="CommandBytes"/> from <see cref="CommandStart"/> of the lease's array, unchanged until it has ended.</summary>
    Runtime.BufferLease Lease { get; }
    int CommandStart { get; }
    int CommandBytes { get; }

    RaftEntryType EntryType => RaftEntryType.Normal;

    /// <summary>Called once, on any thread; must be quick.</summary>
    void ProposalEnded(ProposalOutcome outcome);
}

/// <summary>How a command ended.</summary>
internal enum ProposalOutcome
{
    /// <summary>Applied here, which may mean that its extent is gone and nothing was written.</summary>
    Applied,

    /// <summary>This replica does not lead, or leads no longer: whether the command is committed later, nobody knows.</summary>
    NotLeader,

    /// <summary>The store was closed before it was applied here; it is in the log and will be.</summary>
    StoreClosed,

    /// <summary>The group has ended: a fault of its disk, or the partition is being closed.</summary>
    GroupEnded,

    /// <summary>The disk does not keep up; nothing was put into the log.</summary>
    Overloaded,

    /// <summary>Another change of the members is in the log and not applied; nothing was put into it.</summary>
    ChangeUnderWay,

    /// <summary>A leader changes no members before the first commit of its term; nothing was put into the log.</summary>
    TooEarly,
}

/// <summary>A read that only a leader may serve and that waits until it is one for sure.</summary>
internal interface ILeaderRead
{
    /// <summary>Called once, on any thread; must be quick.</summary>
    /// <param name="granted">False: this replica does not lead.</param>
    void LeaderReadDecided(bool granted);
}
