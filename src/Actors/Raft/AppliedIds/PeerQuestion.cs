using System.Net;
using System.Net.Sockets;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One question to another data node, over a connection of its own that ends with the answer.</summary>
/// <remarks>The answer counts only if request id, opcode and partition are those of the question: a doubt is no answer.</remarks>
internal sealed class PeerQuestion(INetwork network, TimeProvider time)
{
    /// <summary>Source: CubeFS util/conn_pool.go ConnectTimeout.</summary>
    private static readonly TimeSpan Dial = TimeSpan.FromSeconds(1);

    /// <summary>A number, or the text of a refusal.</summary>
    private const int BodyBytesMax = 4096;

    /// <param name="address"><c>ip:port</c> of the other node's data port.</param>
    /// <param name="limit">For the answer.</param>
    /// <returns>The body of a successful answer; null for anything else: unreachable, late, refused, or an answer to something else.</returns>
    public async Task<byte[]?> AskAsync(string address, Opcode opcode, PartitionId partition, byte[] body, TimeSpan limit)
    {
        if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0) return null;
        try
        {
            using var connection = await network.ConnectAsync(endPoint, Dial, CancellationToken.None).ConfigureAwait(false);
            await using var deadline = time.CreateTimer(static state => ((IConnection)state!).Dispose(), connection, limit, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            var question = new PacketHeader { Opcode = opcode, Partition = partition, RequestId = RequestIds.Next(), Size = (uint)body.Length };
            var packet = new byte[question.EncodedBytes + body.Length];
            body.CopyTo(packet, question.Write(packet));
            await connection.SendAsync(packet).ConfigureAwait(false);
            return await ReceiveAsync(connection, question).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException || ConnectionLoss.Is(e))
        {
            return null; // the next round asks again; whoever needs all answers sees that one is missing
        }
    }

    private static async Task<byte[]?> ReceiveAsync(IConnection connection, PacketHeader question)
    {
        var received = new byte[PacketHeader.BytesMax + BodyBytesMax];
        var filled = 0;
        while (filled < received.Length)
        {
            var got = await connection.ReceiveAsync(received.AsMemory(filled)).ConfigureAwait(false);
            if (got == 0) return null;
            filled += got;
            var status = PacketHeader.TryRead(received.AsSpan(0, filled), PacketLimits.Replies, out var answer, out var bytes);
            if (status == DecodeStatus.Malformed) return null;
            if (status == DecodeStatus.NeedMore) continue;
            if (answer.RequestId != question.RequestId || answer.Opcode != question.Opcode || answer.Partition != question.Partition || answer.Result != ResultCode.Ok
                || answer.ArgBytes != 0 || answer.Size > BodyBytesMax) return null;
            if (filled - bytes < answer.Size) continue;
            return filled - bytes == answer.Size ? received.AsSpan(bytes, (int)answer.Size).ToArray() : null; // more than asked for
        }

        return null;
    }
}
