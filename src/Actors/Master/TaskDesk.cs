using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>Takes the tasks of masters from the data path, hands each to the actor it concerns and sees to it that each is answered.</summary>
internal sealed class TaskDesk : ReportingActor, IWithTimers
{
    /// <summary>A task as it came.</summary>
    public sealed record Task(PacketHeader Header, byte[] Json, IAdminReply Reply);

    /// <summary>How a task ended; the sender is whom it was given to.</summary>
    public sealed record Done(long Number, byte[]? Data = null, string? Refusal = null);

    /// <summary>A partition is to be created; answered with <see cref="Done"/>.</summary>
    public sealed record CreatePartition(long Number, CreateDataPartitionRequest Request);

    /// <summary>A partition is to be deleted; answered with <see cref="Done"/>.</summary>
    public sealed record DeletePartition(long Number, DeleteDataPartitionRequest Request);

    /// <summary>Something is to be done with one partition of this node; answered with <see cref="Done"/>.</summary>
    /// <param name="Request">What the opcode carries: one of the request records of control-plane tasks.</param>
    public sealed record PartitionOrder(long Number, PartitionId Partition, object Request)
    {
        /// <summary>The packet as it came, for a replica that has to pass it on.</summary>
        public PacketHeader Header { get; init; }
        public byte[] Json { get; init; } = [];
    }

    /// <summary>Something is to be done with one disk; answered with <see cref="Done"/>.</summary>
    /// <param name="DiskPath">As the master knows it, which is as configured.</param>
    public sealed record DiskOrder(long Number, Opcode Opcode, string DiskPath);

    /// <summary>A replica that was set aside is to be taken back; answered with <see cref="Done"/>.</summary>
    public sealed record RecoverBackup(long Number, RecoverBackupReplicaRequest Request);

    private sealed record Overdue(long Number);

    private sealed record Open(Opcode Opcode, IAdminReply Reply);

    private sealed record LeadOrder(long Number, PartitionId Partition, int Tries);

    /// <param name="Result">Null: there is no group.</param>
    private sealed record Campaigned(LeadOrder Order, Raft.CampaignResult? Result);

    private readonly IActorRef _disks;
    private readonly IActorRef _master;
    private readonly Func<PartitionId, RaftGroupPort?> _groups;
    private readonly Func<PartitionId, PartitionFigures?> _figures;
    private readonly TimeSpan _patience;
    private readonly Func<string> _address;
    private readonly Dictionary<long, Open> _open = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _last;

    public TaskDesk(
        IActorRef disks, IActorRef master, Func<PartitionId, RaftGroupPort?> groups, TimeSpan patience, Func<string> address, Func<PartitionId, PartitionFigures?> figures)
    {
        (_disks, _master, _groups, _patience, _address, _figures) = (disks, master, groups, patience, address, figures);
        Receive<LeadOrder>(Campaign);
        Receive<Campaigned>(Take);
        Receive<Task>(Take);
        Receive<Done>(done => Close(done.Number, done.Data, done.Refusal));
        Receive<Overdue>(overdue => Close(overdue.Number, null, $"no answer within {_patience.TotalSeconds:0} s, the disk may hang; look at the node's log"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override ActorState Describe() => Say(
        "tasks", _open.Count > 0 ? "working" : "idle", ("tasks so far", _last), ("open", string.Join(", ", _open.Values.CountBy(open => OperationNames.Of(open.Opcode)).Select(kind => $"{kind.Value} {kind.Key}"))));

    /// <param name="disks">Whoever places and deletes partitions.</param>
    /// <param name="patience">A task that is not answered by then is refused: masters wait 30 s.</param>
    /// <param name="groups">Finds the raft group of a partition.</param>
    /// <param name="address"><c>ip:port</c> of this node; empty while it is not known.</param>
    /// <param name="figures">What a replica of this node last said of itself; null: nothing is known of any.</param>
    public static Props PropsFor(
        IActorRef disks, IActorRef master, Func<PartitionId, RaftGroupPort?> groups, TimeSpan patience, Func<string>? address = null, Func<PartitionId, PartitionFigures?>? figures = null)
    {
        address ??= static () => "";
        figures ??= static _ => null;
        return Props.Create(() => new TaskDesk(disks, master, groups, patience, address, figures));
    }

    private void Take(Task message)
    {
        var opcode = message.Header.Opcode;
        if (!AdminPacket.TryRead(message.Header, message.Json, out var task))
        {
            Refuse(message, "illegal opcode");
            return;
        }

        if (TaskAddress.Problem(task, opcode, _address()) is { } misled)
        {
            Refuse(message, misled);
            return;
        }

        switch (opcode)
        {
            case Opcode.DataNodeHeartbeat:
                Serve(message, task, MasterJson.Default.DataNodeHeartbeatRequest, heartbeat =>
                {
                    message.Reply.Succeed(); // at once: the master's queue stands still until then
                    _master.Tell(new MasterLink.Heartbeat(task, heartbeat));
                });
                break;
            case Opcode.LoadDataPartition:
                Serve(message, task, MasterJson.Default.LoadDataPartitionRequest, load =>
                {
                    message.Reply.Succeed(); // at once, as above; the list is posted
                    _master.Tell(new MasterLink.LoadPartition(task, load.PartitionId));
                });
                break;
            case Opcode.CreateDataPartition:
                Serve(message, task, MasterJson.Default.CreateDataPartitionRequest, create => _disks.Tell(new CreatePartition(Expect(message), create)));
                break;
            case Opcode.DeleteDataPartition:
                Serve(message, task, MasterJson.Default.DeleteDataPartitionRequest, delete => _disks.Tell(new DeletePartition(Expect(message), delete)));
                break;
            case Opcode.DataPartitionTryToLeader:
                TryToLeader(message);
                break;
            case Opcode.AddDataPartitionRaftMember:
                Serve(message, task, MasterJson.Default.AddRaftMemberRequest, add => Order(message, add.PartitionId, add));
                break;
            case Opcode.RemoveDataPartitionRaftMember:
                Serve(message, task, MasterJson.Default.RemoveRaftMemberRequest, remove => Order(message, remove.PartitionId, remove));
                break;
            case Opcode.SetRepairingStatus:
                Serve(message, task, MasterJson.Default.SetRepairingStatusRequest, repairing => Order(message, repairing.PartitionId, repairing));
                break;
            case Opcode.StopDataPartitionRepair:
                Serve(message, task, MasterJson.Default.StopPartitionRepairRequest, stop => Order(message, stop.PartitionId, stop));
                break;
            case Opcode.RecoverDataReplicaMeta:
                Serve(message, task, MasterJson.Default.RecoverReplicaMetaRequest, recover => Order(message, recover.PartitionId, recover));
                break;
            case Opcode.RecoverBadDisk or Opcode.QueryBadDiskRecoverProgress or Opcode.DeleteBackupDirectories or Opcode.DeleteLostDisk or Opcode.ReloadDisk:
                Serve(message, task, MasterJson.Default.DiskRequest, disk => _disks.Tell(new DiskOrder(Expect(message), opcode, disk.DiskPath)));
                break;
            case Opcode.RecoverBackupDataReplica:
                Serve(message, task, MasterJson.Default.RecoverBackupReplicaRequest, backup => _disks.Tell(new RecoverBackup(Expect(message), backup)));
                break;
            case Opcode.VersionOperation:
                Refuse(message, "cluster not enable snapshot!"); // a node of a cluster with snapshots does not register
                break;
            default:
                // Said plainly: a master that needs this must not take silence or a half success for it.
                Refuse(message, $"task 0x{(byte)opcode:x2} is not supported by this version of the data node");
                break;
        }
    }

    private void Serve<T>(Task message, AdminTask task, JsonTypeInfo<T> type, Action<T> serve)
        where T : class
    {
        if (task.TryReadRequest(type, out var request)) serve(request);
        else Refuse(message, "the request of the task is not what this opcode carries");
    }

    private void Order(Task message, PartitionId partition, object request) => _disks.Tell(new PartitionOrder(Expect(message), partition, request) { Header = message.Header, Json = message.Json });

    /// <summary>Answered once the campaign has begun, as CubeFS does: whether it is won, the next heartbeat shows.</summary>
    private void TryToLeader(Task message) => Campaign(new LeadOrder(Expect(message), message.Header.Partition, 0));

    private void Campaign(LeadOrder order)
    {
        if (!_open.ContainsKey(order.Number)) return; // answered meanwhile
        var self = Self;
        var taken = _groups(order.Partition)?.TryRun(
            shell => self.Tell(new Campaigned(order, shell.CampaignByOrder()), ActorRefs.NoSender), dropped: () => self.Tell(new Campaigned(order, null), ActorRefs.NoSender));
        if (taken != true) Take(new Campaigned(order, null));
    }

    private void Take(Campaigned campaigned)
    {
        var (order, figures) = (campaigned.Order, _figures(campaigned.Order.Partition));
        var decision = LeadershipOrders.Decide(order.Partition, campaigned.Result, figures?.State, order.Tries * LeadershipOrders.RetryPeriod);
        if (decision.Waits) Timers.StartSingleTimer((nameof(LeadOrder), order.Number), order with { Tries = order.Tries + 1 }, LeadershipOrders.RetryPeriod);
        else Close(order.Number, null, decision.Refusal);
    }

    private long Expect(Task message)
    {
        var number = ++_last;
        _open.Add(number, new Open(message.Header.Opcode, message.Reply));
        Timers.StartSingleTimer(number, new Overdue(number), _patience);
        return number;
    }

    private void Close(long number, byte[]? data, string? refusal)
    {
        if (!_open.Remove(number, out var open)) return; // answered after its time
        Timers.Cancel(number);
        if (refusal is null)
        {
            open.Reply.Succeed(data);
            return;
        }

        // Another member that drains is told so and asks the next one: nothing that an operator has to look at.
        if (open.Opcode == Opcode.DataPartitionTryToLeader) Log.LeadershipRefused(_log, refusal);
        else Log.TaskRefused(_log, open.Opcode, refusal);
        open.Reply.Refuse(refusal);
    }

    private void Refuse(Task message, string why)
    {
        Log.TaskRefused(_log, message.Header.Opcode, why);
        message.Reply.Refuse(why);
    }
}
