using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Simulation;

/// <summary>A command on its way through a group.</summary>
internal sealed class Proposal(RaftEntryType type, byte[] data, Action<ProposalOutcome> ended) : IProposal
{
    public RaftEntryType Type => type;
    public byte[] Data => data;
    public int CommandStart => 0;
    public int CommandBytes => data.Length;

    /// <summary>The simulation's shell keeps the bytes itself.</summary>
    public BufferLease Lease => throw new InvalidOperationException("a simulated command lies in no lease");

    public bool HasEnded { get; private set; }

    public void ProposalEnded(ProposalOutcome outcome)
    {
        Broken.Unless(!HasEnded, $"a command has ended twice, now {outcome}");
        HasEnded = true;
        ended(outcome);
    }
}
