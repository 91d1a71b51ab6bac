using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What an applier tells the group. Called on I/O threads; must be quick.</summary>
internal interface IApplierOwner
{
    void AppliedTo(ulong index);
    void CommandEnded(IProposal proposal, ProposalOutcome outcome);

    /// <summary>A change of the members has its turn. Nothing behind it is applied before <see cref="Applier.MembershipInEffect"/>.</summary>
    void MembershipReached(ulong index, MembershipChange change);

    void MetaChanged(PartitionMeta meta);
    void Note(string sentence);

    /// <summary>The entry cannot be applied, and so nothing behind it.</summary>
    void ApplyFailed(Exception cause);
}
