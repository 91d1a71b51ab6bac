using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Simulation.Nodes;

/// <summary>Tasks as a master sends them.</summary>
internal static class NodeTasks
{
    public static byte[] Create(NodeMachine node, IReadOnlyList<NodeMachine> machines) => AdminPacket.Build(
        AdminTask.For(Opcode.CreateDataPartition, node.Address, NodeMachine.Partition, unixSeconds: 1_893_456_000, "", new CreateDataPartitionRequest
        {
            PartitionId = NodeMachine.Partition,
            PartitionSize = NodeMachine.PartitionBytes,
            ReplicaNum = machines.Count,
            VolumeId = "photos",
            Hosts = [.. machines.Select(machine => machine.Address)],
            Members = [.. machines.Select(machine => machine.Peer)],
        }, MasterJson.Default.CreateDataPartitionRequest), requestId: 1);
}
