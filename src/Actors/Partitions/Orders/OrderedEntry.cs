using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>An entry of the raft log that an order of the master leads to.</summary>
/// <param name="lease">Holds the data from its beginning; given back when the entry has ended.</param>
/// <param name="ended">Told how, once, on any thread.</param>
internal sealed class OrderedEntry(RaftEntryType type, BufferLease lease, int bytes, Action<ProposalOutcome> ended) : IProposal
{
    public BufferLease Lease => lease;
    public int CommandStart => BufferLease.HeadroomBytes;
    public int CommandBytes => bytes;
    public RaftEntryType EntryType => type;

    public void ProposalEnded(ProposalOutcome outcome)
    {
        lease.Release();
        ended(outcome);
    }

    /// <returns>Null for success, else in words that a master or a CubeFS node understands.</returns>
    public static string? RefusalOf(ProposalOutcome outcome) => outcome switch
    {
        ProposalOutcome.Applied => null,
        ProposalOutcome.ChangeUnderWay or ProposalOutcome.TooEarly => MemberOrders.ChangeUnderWay,
        ProposalOutcome.Overloaded => $"the disk does not keep up, {ErrorTexts.TryAgain}",
        ProposalOutcome.GroupEnded => ErrorTexts.RaftShutDown,
        // It is in the log and will be applied: asked again, the answer is that it is so.
        ProposalOutcome.StoreClosed => $"the partition is being closed, {ErrorTexts.TryAgain}",
        _ => ErrorTexts.NotRaftLeader,
    };
}
