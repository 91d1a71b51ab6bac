using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace CubeActors.Protocol.Master;

/// <summary>The packet around an admin task: a plain 57-byte header, no Arg, no CRC, the task's JSON as Data.</summary>
/// <remarks>Source: CubeFS master/admin_task_manager.go buildPacket.</remarks>
public static class AdminPacket
{
    public static byte[] Build(AdminTask task, long requestId)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(task, MasterJson.Default.AdminTask);
        var header = new PacketHeader(ExtentTypes.Tiny, (Opcode)task.OpCode, ResultCode.None, RemainingFollowers.None, 0,
            (uint)json.Length, 0, task.PartitionId, default, 0, requestId, 0);
        var packet = new byte[header.EncodedBytes + json.Length];
        json.CopyTo(packet, header.Write(packet));
        return packet;
    }

    /// <summary>The task in the Data of a packet.</summary>
    /// <returns>False if it is no task, or one for another opcode than its packet: answer "illegal opcode".</returns>
    public static bool TryRead(in PacketHeader header, ReadOnlySpan<byte> data, [MaybeNullWhen(false)] out AdminTask task) =>
        GoJson.TryRead(data, MasterJson.Default.AdminTask, out task) && task.OpCode == (byte)header.Opcode;
}
