using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>A reader that decides by <see cref="ReplyCheck"/> as ours does, but for one check that is switched off: what that check keeps out comes in.</summary>
internal sealed class CheckedReader(IConnection connection, ReplyDoubts off)
{
    /// <returns>The body, or null where the answer was refused.</returns>
    public async Task<byte[]?> AskAsync(PacketHeader request, byte[] data, AnswerBytes answer)
    {
        await connection.SendAsync(Requests.Build(request with { Size = (uint)data.Length }, [], data)).ConfigureAwait(false);
        var packet = await ReceiveAsync(ExpectedReply.Single(request, answer)).ConfigureAwait(false);
        return packet;
    }

    /// <returns>The range, or null where some of it was refused.</returns>
    public async Task<byte[]?> FetchAsync(PacketHeader request)
    {
        await connection.SendAsync(Requests.Build(request, [], [])).ConfigureAwait(false);
        var range = new byte[request.Size];
        for (var at = 0; at < range.Length;)
        {
            var expected = new ExpectedReply(request, request.Opcode, request.Opcode, request.ExtentOffset + at, new AnswerBytes(1, range.Length - at), 0, EchoesCrc: false);
            if (await ReceiveAsync(expected).ConfigureAwait(false) is not { Length: > 0 } block) return null;
            block.AsSpan(0, Math.Min(block.Length, range.Length - at)).CopyTo(range.AsSpan(at));
            at += block.Length;
        }

        return range;
    }

    private async Task<byte[]?> ReceiveAsync(ExpectedReply expected)
    {
        var head = await connection.ReadExactlyAsync(PacketHeader.BaseBytes).ConfigureAwait(false);
        if (PacketHeader.TryRead(head, PacketLimits.Replies, out var reply, out _) != DecodeStatus.Complete || reply.HasVersionList) return null;
        if ((ReplyCheck.Compare(expected, reply) & ~off) != ReplyDoubts.None || reply.Result is not (ResultCode.Ok or ResultCode.None)) return null;
        await connection.ReadExactlyAsync((int)reply.ArgBytes).ConfigureAwait(false);
        var body = await connection.ReadExactlyAsync((int)reply.Size).ConfigureAwait(false);
        return !expected.EchoesCrc && Crc32.Compute(body) != reply.Crc && !off.HasFlag(ReplyDoubts.Crc) ? null : body;
    }
}
