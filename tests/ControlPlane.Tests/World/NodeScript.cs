using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane.Tests;

/// <summary>Takes packets apart and answers them, on a plain connection or inside smux.</summary>
internal static class NodeScript
{
    /// <summary>The next whole packet that was heard; null while it is incomplete.</summary>
    public static (PacketHeader Header, byte[] Arg, byte[] Data)? TakePacket(List<byte> heard)
    {
        if (PacketHeader.TryRead(heard.ToArray(), PacketLimits.Requests, out var header, out var at) != DecodeStatus.Complete) return null;
        var whole = at + (int)header.ArgBytes + (int)header.DataBytes;
        if (heard.Count < whole) return null;
        var packet = (header, heard[at..(at + (int)header.ArgBytes)].ToArray(), heard[(at + (int)header.ArgBytes)..whole].ToArray());
        heard.RemoveRange(0, whole);
        return packet;
    }

    /// <summary>The next task that was heard.</summary>
    public static (PacketHeader Header, AdminTask Task)? TakeTask(List<byte> heard)
    {
        if (TakePacket(heard) is not { } packet) return null;
        Assert.True(AdminPacket.TryRead(packet.Header, packet.Data, out var task));
        return (packet.Header, task);
    }

    public static byte[] Reply(in PacketHeader request, ResultCode result = ResultCode.Ok, string text = "")
    {
        var data = System.Text.Encoding.UTF8.GetBytes(text);
        var header = request.ToReply(result, (uint)data.Length);
        var bytes = new byte[header.EncodedBytes + data.Length];
        data.CopyTo(bytes, header.Write(bytes));
        return bytes;
    }

    /// <summary>The frames that were heard, and what came on their streams.</summary>
    public static (List<SmuxFrame> Frames, List<byte> Payload) TakeFrames(List<byte> heard)
    {
        var (frames, payload) = (new List<SmuxFrame>(), new List<byte>());
        while (SmuxFrame.TryRead(heard.ToArray(), out var frame) == DecodeStatus.Complete && heard.Count >= SmuxFrame.Bytes + frame.PayloadBytes)
        {
            frames.Add(frame);
            payload.AddRange(heard.GetRange(SmuxFrame.Bytes, frame.PayloadBytes));
            heard.RemoveRange(0, SmuxFrame.Bytes + frame.PayloadBytes);
        }

        return (frames, payload);
    }

    public static byte[] Frame(SmuxCommand command, uint stream, ReadOnlySpan<byte> payload = default)
    {
        var bytes = new byte[SmuxFrame.Bytes + payload.Length];
        new SmuxFrame(command, (ushort)payload.Length, stream).Write(bytes);
        payload.CopyTo(bytes.AsSpan(SmuxFrame.Bytes));
        return bytes;
    }
}
