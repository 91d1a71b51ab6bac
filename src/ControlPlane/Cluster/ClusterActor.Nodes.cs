using System.Collections.Immutable;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane;

// Registration, reports, and what people and nodes ask about nodes and partitions.
internal sealed partial class ClusterActor
{
    private readonly Dictionary<string, IActorRef> _links = [];
    private readonly HashSet<string> _active = [];
    private readonly Dictionary<ulong, sbyte> _statusNoted = [];

    private ClusterViews Views => new(_state, _live, Now);

    private void AddNodeCommands()
    {
        Command<Register>(Handle);
        Command<TaskAnswered>(Handle);
        Command<GetNode>(asked => Sender.Tell(
            _state.FindNode(asked.Address) is { } node
                ? Views.Node(node)
                : new Refusal(MasterReply.DataNodeMissing, $"data node not exists: {asked.Address}")));
        Command<GetNodes>(_ => Sender.Tell(Views.Nodes()));
        Command<GetCluster>(_ => Sender.Tell(Views.Cluster()));
        Command<GetPartition>(asked => Sender.Tell(
            _state.FindPartition(asked.PartitionId) is { Stage: not PartitionStage.Removing } partition
                ? Views.Partition(partition)
                : new Refusal(MasterReply.PartitionMissing, $"data partition not exists: {asked.PartitionId}")));
    }

    private void Handle(Register register)
    {
        var (events, refused) = NodeRules.Register(_state, register.Node);
        if (refused is not null)
        {
            Sender.Tell(refused);
            return;
        }

        Remember(events, () =>
        {
            var node = _state.FindNode(register.Node.Address)!;
            if (!_links.TryGetValue(node.Address, out var link)) StartLink(node);
            else link.Tell(new NodeRegistered());
            Log.NodeRegistered(node.Address, node.Id);
            Sender.Tell(new NodeId(node.Id));
        });
    }

    private void StartLink(NodeRecord node)
    {
        NodeRules.IsAddress(node.Address, out var endPoint); // checked when it registered
        _links[node.Address] = Context.ActorOf(_children.Link(node.Address, endPoint), $"node-{node.Id}");
    }

    private void Handle(TaskAnswered answered)
    {
        var address = answered.Task.OperatorAddr;
        if (_state.FindNode(address) is not { } node || answered.Task.OpCode != (byte)Opcode.DataNodeHeartbeat) return;
        if (!GoJson.TryRead(answered.Task.Response, MasterJson.Default.DataNodeHeartbeatResponse, out var report) || !ReportRules.IsWhole(report))
        {
            Log.ReportRefused(address, "a field of it is of the wrong kind, or an entry is null");
            return;
        }

        _links[address].Tell(new HeartbeatAnswered(answered.Task.Id));
        if (report.Status != (byte)AdminTaskStatus.Succeeded)
        {
            Log.ReportRefused(address, $"its status is {report.Status}: {report.Result}");
            return;
        }

        var hosted = _state.PartitionsOn(address).ToList();
        _live.Take(address, report, hosted.Select(partition => partition.Id), Now);
        if (_active.Add(address))
        {
            Log.NodeActive(address);
            RemoveDropped();
        }

        Remember(ReportRules.Changes(node, hosted, report), () => { });
    }

    private void NoteSilentNodes()
    {
        foreach (var address in _active.Where(address => !_live.IsActive(address, Now)).ToList())
        {
            _active.Remove(address);
            Log.NodeInactive(address, _options.Liveness);
        }
    }

    private void NotePartitionStatus()
    {
        foreach (var partition in _state.Partitions.Where(partition => partition.Stage == PartitionStage.Created))
        {
            var status = StatusRules.StatusOf(partition, _live, Now);
            if (_statusNoted.TryGetValue(partition.Id, out var before) && before != status)
                Log.PartitionStatusChanged(partition.Id, partition.Volume, status);
            _statusNoted[partition.Id] = status;
        }
    }
}
