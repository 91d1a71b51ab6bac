using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane;

// Removing what is no longer wanted from the nodes: again and again, until each has acknowledged.
internal sealed partial class ClusterActor
{
    private readonly HashSet<(ulong PartitionId, string Address)> _removing = [];
    // Told once at least, also while they seem inactive; afterwards only when they are active.
    private readonly HashSet<(ulong PartitionId, string Address)> _removalTried = [];

    private void AddRemovalCommands() => Command<TaskEnded>(ended => ended.Task.OpCode == (byte)Opcode.DeleteDataPartition, RemovalEnded);

    private void RemoveDropped()
    {
        var dropped = _state.Partitions.Where(partition => partition.Stage == PartitionStage.Removing);
        foreach (var (partition, host) in dropped.SelectMany(partition => partition.Hosts.Select(host => (partition, host))))
        {
            var replica = (partition.Id, host);
            if (_removing.Contains(replica) || (!_live.IsActive(host, Now) && !_removalTried.Add(replica))) continue;
            _removing.Add(replica);
            _links[host].Tell(new RunTask(AdminTask.For(
                Opcode.DeleteDataPartition, host, new PartitionId(partition.Id), Now.ToUnixTimeSeconds(), Guid.NewGuid().ToString(),
                new DeleteDataPartitionRequest { PartitionId = new PartitionId(partition.Id) }, MasterJson.Default.DeleteDataPartitionRequest)));
        }
    }

    private void RemovalEnded(TaskEnded ended)
    {
        var id = ended.Task.PartitionId.Value;
        _removing.Remove((id, ended.Address));
        if (ended.Error is not null || _state.FindPartition(id) is not { Stage: PartitionStage.Removing } partition || !partition.IsOn(ended.Address)) return;
        Remember(new ReplicaRemoved(id, ended.Address), () =>
        {
            _removalTried.Remove((id, ended.Address));
            _statusNoted.Remove(id);
            _live.Forget(id, ended.Address);
        });
    }
}
