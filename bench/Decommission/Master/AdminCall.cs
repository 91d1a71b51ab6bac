using System.Text.Json.Serialization.Metadata;
using CubeActors.LoadGen;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>One task of the master, sent and answered.</summary>
internal static class AdminCall
{
    /// <param name="to">Who gets the packet.</param>
    /// <param name="operatorAddress">Whom the task names.</param>
    /// <exception cref="NodeFault">No answer: whether it is done is not known.</exception>
    public static Answer Ask<T>(PacketLine line, string to, string operatorAddress, Opcode opcode, PartitionId partition, T request, JsonTypeInfo<T> type)
    {
        var task = AdminTask.For(opcode, operatorAddress, partition, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), "", request, type);
        var id = RequestIds.Next();
        return line.Exchange(to, new PacketHeader { Opcode = opcode, Partition = partition, RequestId = id }, AdminPacket.Build(task, id));
    }
}
