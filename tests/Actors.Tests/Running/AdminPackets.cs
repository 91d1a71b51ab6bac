using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Tasks as a master sends them.</summary>
internal static class AdminPackets
{
    public const string Volume = "photos";
    public const long PartitionBytes = 1L << 30;

    public static byte[] Create(RunningNode node, ulong partition, params string[] otherHosts) =>
        Create(node, CreateRequest(node, partition, otherHosts));

    public static byte[] Create(RunningNode node, CreateDataPartitionRequest request) =>
        Build(node, Opcode.CreateDataPartition, request.PartitionId.Value, request, MasterJson.Default.CreateDataPartitionRequest);

    public static CreateDataPartitionRequest CreateRequest(RunningNode node, ulong partition, params string[] otherHosts)
    {
        string[] hosts = [node.Address, .. otherHosts];
        return new CreateDataPartitionRequest
        {
            PartitionId = new PartitionId(partition),
            PartitionSize = PartitionBytes,
            ReplicaNum = hosts.Length,
            VolumeId = Volume,
            Hosts = hosts,
            Members = [.. hosts.Select((host, index) => new Peer { Id = new NodeId((ulong)index + 1), Address = host })],
        };
    }

    public static byte[] Delete(RunningNode node, ulong partition) => Build(
        node, Opcode.DeleteDataPartition, partition, new DeleteDataPartitionRequest { PartitionId = new PartitionId(partition), PartitionSize = PartitionBytes },
        MasterJson.Default.DeleteDataPartitionRequest);

    public static byte[] Heartbeat(RunningNode node, DataNodeHeartbeatRequest request) =>
        Build(node, Opcode.DataNodeHeartbeat, 0, request, MasterJson.Default.DataNodeHeartbeatRequest);

    public static byte[] Build<T>(RunningNode node, Opcode opcode, ulong partition, T request, JsonTypeInfo<T> type) =>
        AdminPacket.Build(AdminTask.For(opcode, node.Address, new PartitionId(partition), unixSeconds: 1_893_456_000, "", request, type), requestId: 1);

    /// <summary>A packet with one opcode around a task with another.</summary>
    public static byte[] WithOpcode(byte[] packet, Opcode opcode)
    {
        var changed = packet.ToArray();
        changed[2] = (byte)opcode;
        return changed;
    }
}
