using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// What a comparison of blocks asks another replica: its bytes as any reader gets them, and how far it has applied its log.
internal sealed partial class RepairLine
{
    /// <summary>Reads bytes of an extent as they are there, whoever leads (0x06). A repair read would take a token from repair, and is refused where those are spent.</summary>
    /// <param name="destination">Filled as a whole; at most one block.</param>
    /// <exception cref="RepairFailureException">Some of it did not come as it should; what came is void.</exception>
    public async Task ReadAsync(PartitionId partition, ExtentId extent, long offset, Memory<byte> destination)
    {
        Invariant.Check(destination.Length is > 0 and <= DataPlane.BlockBytes);
        var request = Request(ExtentTypes.Normal, Opcode.StreamFollowerRead, partition, extent, offset, (uint)destination.Length);
        var ends = EndOfRange();
        try
        {
            await SendAsync(request, default, _services.Settings.Packet).ConfigureAwait(false);
            for (var at = 0; at < destination.Length;)
            {
                var reply = await ReceiveHeaderAsync(PatienceUntil(ends)).ConfigureAwait(false);
                if (!IsSuccess(request, reply, request.Opcode, offset + at)) throw await RefusedAsync(reply).ConfigureAwait(false);
                if (reply.Size == 0 || reply.Size > destination.Length - at) throw Violation($"{reply.Size} bytes where {destination.Length - at} were missing");
                await TakeDataAsync(reply, destination.Slice(at, (int)reply.Size)).ConfigureAwait(false);
                at += (int)reply.Size;
            }

            EndAnswer();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    /// <summary>How far the replica has applied its raft log (0x10).</summary>
    /// <exception cref="RepairFailureException">It did not say.</exception>
    public async Task<ulong> AppliedAsync(PartitionId partition)
    {
        var question = new PacketHeader { ExtentType = ExtentTypes.Tiny, Opcode = Opcode.GetAppliedId, Partition = partition };
        var body = await AskAsync(question, [], NumberBody.TwoBytes, _services.Settings.Packet).ConfigureAwait(false);
        return NumberBody.TryReadOne(body, out var applied) ? applied : throw Violation($"an applied id of {body.Length} bytes");
    }
}
