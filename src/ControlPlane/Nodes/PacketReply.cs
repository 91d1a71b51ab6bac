using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>How a node answered one packet.</summary>
/// <param name="Data">The path, the number or, unless Ok, the error text.</param>
internal sealed record PacketReply(PacketHeader Header, byte[] Data)
{
    public ResultCode Result => Header.Result;
    public string Text => Encoding.UTF8.GetString(Data);

    /// <summary>Reads one whole reply: header, Arg (skipped) and Data.</summary>
    /// <param name="receive">As <see cref="IConnection.ReceiveAsync"/>.</param>
    /// <exception cref="IOException">The peer ended, or what it sent is no reply.</exception>
    public static async Task<PacketReply> ReadAsync(Func<Memory<byte>, ValueTask<int>> receive)
    {
        // A header is 57, 65 or 69 bytes, and only its front tells which: never read behind it.
        var front = new byte[PacketHeader.BytesMax];
        var have = 0;
        var want = PacketHeader.BaseBytes;
        PacketHeader header;
        while (true)
        {
            await FillAsync(receive, front.AsMemory(have, want - have)).ConfigureAwait(false);
            have = want;
            var status = PacketHeader.TryRead(front.AsSpan(0, have), PacketLimits.Replies, out header, out _);
            if (status == DecodeStatus.Complete) break;
            if (status == DecodeStatus.Malformed || have == PacketHeader.BytesMax) throw new IOException("the answer is no packet");
            want = have + 1;
        }

        if (header.HasVersionList) throw new IOException("the answer carries a version list, which nobody asked for");
        await FillAsync(receive, new byte[header.ArgBytes]).ConfigureAwait(false);
        var data = new byte[header.DataBytes];
        await FillAsync(receive, data).ConfigureAwait(false);
        return new PacketReply(header, data);
    }

    private static async ValueTask FillAsync(Func<Memory<byte>, ValueTask<int>> receive, Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var got = await receive(buffer).ConfigureAwait(false);
            if (got == 0) throw new IOException("the node closed the connection before it had answered");
            buffer = buffer[got..];
        }
    }
}
