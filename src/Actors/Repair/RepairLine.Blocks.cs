using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// What a comparison of blocks asks another replica: its bytes as any reader gets them, and how far it has applied its log.
internal sealed partial class RepairLine
{
    /// <summary>Reads bytes of an extent as they are there, whoever leads (0x06). A repair read would take a token from repair, and is refused where those are spent.</summary>
    /// <param name="destination">Filled as a whole; at most one block.</param>
    /// <exception cref="RepairFailureException">Some of it did not come as it should; what came is void.</exception>
    public Task ReadAsync(PartitionId partition, ExtentId extent, long offset, Memory<byte> destination)
    {
        Invariant.Check(destination.Length <= DataPlane.BlockBytes);
        return FillFromAsync(Opcode.StreamFollowerRead, partition, extent, offset, destination);
    }

    /// <summary>How far the replica has applied its raft log (0x10).</summary>
    /// <exception cref="RepairFailureException">It did not say.</exception>
    public async Task<ulong> AppliedAsync(PartitionId partition)
    {
        var question = new PacketHeader { ExtentType = ExtentTypes.Tiny, Opcode = Opcode.GetAppliedId, Partition = partition };
        var body = await AskAsync(question, [], AnswerBytes.OneNumber, _parts.Settings.Packet).ConfigureAwait(false);
        return NumberBody.TryReadOne(body, out var applied) ? applied : throw Distrust(question, "an applied id", $"{body.Length} bytes");
    }
}
