using System.Collections.Immutable;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane;

// Creating volumes: plan, tell all hosts, count their answers.
internal sealed partial class ClusterActor
{
    /// <summary>Partitions of one volume that are being created at a time: so many tasks a node are lost when it hangs.</summary>
    private const int CreatesAtATimeMax = 16;

    private sealed record WaitOver(string Volume);
    private sealed record Plan(string Volume);

    private readonly Dictionary<string, VolumeBuild> _builds = [];
    private readonly Dictionary<string, List<IActorRef>> _waiting = [];

    private void AddVolumeCommands()
    {
        Command<Create>(Handle);
        Command<DeleteVolume>(Handle);
        Command<Plan>(plan =>
        {
            if (_builds.ContainsKey(plan.Volume)) PlanMore(plan.Volume);
        });
        Command<WaitOver>(over => AnswerWaiting(over.Volume, Refusal.Failed(Progress(over.Volume))));
        Command<TaskEnded>(ended => ended.Task.OpCode == (byte)Opcode.CreateDataPartition, CreateEnded);
        Command<GetVolume>(asked => Sender.Tell(
            _state.FindVolume(asked.Name) is { } volume ? Views.Volume(volume) : Refusal.NoVolume(asked.Name)));
        Command<GetClientPartitions>(asked => Sender.Tell(
            _state.FindVolume(asked.Volume) is not { } volume ? Refusal.NoVolume(asked.Volume)
            : Views.ClientPartitions(volume) is { DataPartitions.Count: > 0 } view ? view
            : new Refusal(Refusal.NoAvailablePartition, "no available data partition")));
    }

    private void Handle(Create create)
    {
        var wanted = create.Volume;
        if (VolumeRules.Check(wanted) is { } refused) Sender.Tell(refused);
        else if (_state.FindVolume(wanted.Name) is { } known)
        {
            // Whoever lost the answer asks again, and then waits for the same volume.
            if (known.Stage == VolumeStage.Creating && VolumeRules.IsSameOrder(known, wanted)) Wait(wanted.Name);
            else Sender.Tell(Refusal.Failed($"volume {wanted.Name} exists already"));
        }
        else if (Candidates(new HashSet<string>()) is var candidates && candidates.Count < wanted.ReplicaNum)
            Sender.Tell(Refusal.Failed(TooFew(wanted.ReplicaNum, candidates.Count)));
        else
        {
            var volume = new VolumeRecord(
                _state.LastId + 1, wanted.Name, wanted.Owner, wanted.CapacityGb, wanted.ReplicaNum, wanted.PartitionCount, wanted.PartitionBytes, Now,
                VolumeStage.Creating);
            Remember(new VolumeOrdered(volume), () =>
            {
                Log.VolumeOrdered(volume.Name, volume.PartitionsWanted);
                _builds[volume.Name] = new VolumeBuild();
                Wait(volume.Name);
                PlanMore(volume.Name);
            });
        }
    }

    private void Handle(DeleteVolume delete)
    {
        if (_state.FindVolume(delete.Name) is null)
        {
            Sender.Tell(Refusal.NoVolume(delete.Name));
            return;
        }

        DropVolume(delete.Name, "asked for", () => Sender.Tell($"delete vol[{delete.Name}] successfully"));
    }

    private void Wait(string volume)
    {
        if (!_waiting.TryGetValue(volume, out var waiting)) _waiting[volume] = waiting = [];
        waiting.Add(Sender);
        if (waiting.Count == 1) Timers.StartSingleTimer($"wait {volume}", new WaitOver(volume), _options.CreateWait);
    }

    private void AnswerWaiting(string volume, object answer)
    {
        Timers.Cancel($"wait {volume}");
        if (!_waiting.Remove(volume, out var waiting)) return;
        foreach (var asker in waiting) asker.Tell(answer);
    }

    private string Progress(string name) => _state.FindVolume(name) is { Stage: VolumeStage.Creating } volume
        ? $"volume {name} is still being created: {Existing(name)} of {volume.PartitionsWanted} data partitions exist; ask again to go on waiting"
        : $"volume {name} is not being created";

    private int Existing(string volume) => _state.PartitionsOf(volume).Count(partition => partition.Stage == PartitionStage.Created);

    /// <summary>After a start: tasks are sent again to all hosts, who know what they have done already.</summary>
    private void ResumeVolumes()
    {
        foreach (var volume in _state.Volumes.Where(volume => volume.Stage == VolumeStage.Creating).ToList())
        {
            _builds[volume.Name] = new VolumeBuild();
            foreach (var partition in _state.PartitionsOf(volume.Name).Where(partition => partition.Stage == PartitionStage.Planned).ToList()) SendCreates(partition);
            Self.Tell(new Plan(volume.Name)); // one after the other: a plan builds on the ids of the last
        }
    }

    private void PlanMore(string name)
    {
        var volume = _state.FindVolume(name)!;
        var build = _builds[name];
        var partitions = _state.PartitionsOf(name).ToList();
        if (partitions.Count(partition => partition.Stage == PartitionStage.Created) >= volume.PartitionsWanted)
        {
            FinishVolume(volume);
            return;
        }

        var count = Math.Min(volume.PartitionsWanted - partitions.Count, CreatesAtATimeMax - build.Running);
        var siblings = partitions.Select(partition => (IReadOnlyList<string>)[.. partition.Hosts]).ToList();
        var events = new List<ClusterEvent>();
        for (var i = 0; i < count; i++)
        {
            var planned = events.Cast<PartitionPlanned>().SelectMany(plan => plan.Replicas.Select(replica => replica.Address));
            var candidates = Candidates(build.FailedHosts, [.. planned]);
            var hosts = Placement.Choose(candidates, volume.ReplicaNum, siblings, _options.Random);
            if (hosts.Count == 0)
            {
                GiveUp(volume, $"{TooFew(volume.ReplicaNum, candidates.Count)}{(build.LastError is { } error ? $"; {error}" : "")}");
                return;
            }

            siblings.Add(hosts);
            events.Add(new PartitionPlanned(_state.LastPartitionId + 1 + (ulong)i, name, volume.PartitionBytes, [.. hosts.Select(ReplicaOn)]));
        }

        Remember(events, () =>
        {
            foreach (var plan in events.Cast<PartitionPlanned>())
                if (_state.FindPartition(plan.PartitionId) is { Stage: PartitionStage.Planned } partition) SendCreates(partition);
        });
    }

    private ReplicaRecord ReplicaOn(string address)
    {
        var node = _state.FindNode(address)!;
        return new ReplicaRecord(node.Id, node.Address, node.HeartbeatPort, node.ReplicaPort, "");
    }

    /// <summary>Nodes that can take a replica now: active, with space left.</summary>
    private List<Candidate> Candidates(IReadOnlySet<string> without, IReadOnlyCollection<string>? planned = null) =>
    [
        .. from node in _state.Nodes
           where !without.Contains(node.Address) && _live.IsActive(node.Address, Now) && _live.Find(node.Address)!.Report.Available > 0
           select new Candidate(node.Address, _state.PartitionsOn(node.Address).Count() + (planned?.Count(address => address == node.Address) ?? 0)),
    ];

    private string TooFew(int needed, int usable) =>
        $"no enough data nodes: {needed} are needed for {needed} replicas, {usable} of {_state.Nodes.Count} registered nodes are active and have space";

    private void SendCreates(PartitionRecord partition)
    {
        var build = _builds[partition.Volume];
        build.Begin(partition.Id, partition.Hosts);
        var request = new CreateDataPartitionRequest
        {
            PartitionId = new PartitionId(partition.Id),
            PartitionSize = partition.SizeBytes,
            ReplicaNum = partition.Replicas.Length,
            VolumeId = partition.Volume,
            Members = [.. partition.Replicas.Select(ClusterViews.PeerOf)],
            Hosts = [.. partition.Hosts],
        };
        foreach (var host in partition.Hosts)
            _links[host].Tell(new RunTask(AdminTask.For(
                Opcode.CreateDataPartition, host, new PartitionId(partition.Id), Now.ToUnixTimeSeconds(), Guid.NewGuid().ToString(), request,
                MasterJson.Default.CreateDataPartitionRequest)));
    }

    private void CreateEnded(TaskEnded ended)
    {
        var id = ended.Task.PartitionId.Value;
        if (_state.FindPartition(id) is not { Stage: PartitionStage.Planned } partition
            || !_builds.TryGetValue(partition.Volume, out var build)
            || build.Answer(id, ended.Address, ended.Error, ended.Text) is not { } outcome) return;
        if (outcome.Error is null)
        {
            var paths = partition.Hosts.Select(host => outcome.DiskPaths[host]);
            Remember(new PartitionCreated(id, [.. paths]), () =>
            {
                _live.Created(_state.FindPartition(id)!, Now);
                PlanMore(partition.Volume);
            });
            return;
        }

        Log.PartitionFailed(id, partition.Volume, outcome.Error);
        Remember(new PartitionDropped(id), () =>
        {
            RemoveDropped();
            PlanMore(partition.Volume);
        });
    }

    private void FinishVolume(VolumeRecord volume) => Remember(new VolumeFinished(volume.Name), () =>
    {
        _builds.Remove(volume.Name);
        Log.VolumeReady(volume.Name);
        AnswerWaiting(volume.Name, $"create vol[{volume.Name}] successfully, has allocate [{volume.PartitionsWanted}] data partitions");
    });

    private void GiveUp(VolumeRecord volume, string reason)
    {
        var text = $"volume {volume.Name} could not be created, {Existing(volume.Name)} of {volume.PartitionsWanted} data partitions existed: {reason}";
        DropVolume(volume.Name, text, () => { });
    }

    private void DropVolume(string name, string reason, Action then) => Remember(new VolumeDropped(name, reason), () =>
    {
        _builds.Remove(name);
        Log.VolumeDropped(name, reason);
        AnswerWaiting(name, Refusal.Failed(reason));
        RemoveDropped();
        then();
    });
}
