using System.Net;
using System.Net.Sockets;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One question, or one packet that is passed on, to another data node, over a connection of its own that ends with the answer.</summary>
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

    /// <summary>Sends a packet as it came to another node, whose business it is.</summary>
    /// <param name="address"><c>ip:port</c> of the other node's data port.</param>
    /// <param name="limit">For the answer.</param>
    /// <returns>What the other node answered. A failure is an answer that cannot be had or trusted; its text says why.</returns>
    public async Task<RelayedAnswer> RelayAsync(string address, PacketHeader header, byte[] data, TimeSpan limit)
    {
        if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0) return RelayedAnswer.Failed($"{address} is no address");
        try
        {
            using var connection = await network.ConnectAsync(endPoint, Dial, CancellationToken.None).ConfigureAwait(false);
            await using var deadline = time.CreateTimer(static state => ((IConnection)state!).Dispose(), connection, limit, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            var packet = new byte[header.EncodedBytes + data.Length];
            data.CopyTo(packet, header.Write(packet));
            await connection.SendAsync(packet).ConfigureAwait(false);
            return await ReceiveRelayedAsync(connection, header, address).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException || ConnectionLoss.Is(e))
        {
            return RelayedAnswer.Failed($"{address} did not answer: {e.Message}");
        }
    }

    private static async Task<RelayedAnswer> ReceiveRelayedAsync(IConnection connection, PacketHeader sent, string address)
    {
        var received = new byte[PacketHeader.BytesMax + (int)PacketLimits.TextBytesMax];
        var filled = 0;
        while (filled < received.Length)
        {
            var got = await connection.ReceiveAsync(received.AsMemory(filled)).ConfigureAwait(false);
            if (got == 0) return RelayedAnswer.Failed($"{address} closed the connection without an answer");
            filled += got;
            var status = PacketHeader.TryRead(received.AsSpan(0, filled), PacketLimits.Replies, out var answer, out var bytes);
            if (status == DecodeStatus.NeedMore) continue;
            var isOurs = status == DecodeStatus.Complete && answer.RequestId == sent.RequestId && answer.Opcode == sent.ToReply(answer.Result).Opcode
                && answer.Partition == sent.Partition && answer.Result != ResultCode.None && answer.ArgBytes == 0;
            if (!isOurs) return RelayedAnswer.Failed($"{address} answered something else than was asked");
            if (filled - bytes < answer.Size) continue;
            return new RelayedAnswer(answer.Result, received.AsSpan(bytes, (int)answer.Size).ToArray(), null);
        }

        return RelayedAnswer.Failed($"{address} answered more than an outcome");
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

/// <summary>What another node made of a packet that was passed on to it.</summary>
/// <param name="Failure">Why there is no answer; null if there is one.</param>
internal sealed record RelayedAnswer(ResultCode Result, byte[] Body, string? Failure)
{
    public static RelayedAnswer Failed(string why) => new(ResultCode.None, [], why);

    /// <summary>Null for success; otherwise in the words of CubeFS, from whose text the code is made.</summary>
    public string? Refusal => Failure ?? (Result == ResultCode.Ok ? null : $"result code[{(byte)Result}], msg[{System.Text.Encoding.UTF8.GetString(Body)}]");
}
