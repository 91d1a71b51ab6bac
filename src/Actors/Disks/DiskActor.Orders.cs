using System.Text.Json;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// What masters and operators order. Each order is answered once.
internal sealed partial class DiskActor
{
    private sealed record Fetched(PartitionId Partition, RootEntry? Entry, string? Problem, string? BackupName);

    private void ReceiveOrders()
    {
        Receive<TaskDesk.CreatePartition>(create => Create(create.Request, AnswerTo(create.Number)));
        Receive<TaskDesk.DeletePartition>(delete => Delete(delete.Request, AnswerTo(delete.Number)));
        Receive<TaskDesk.PartitionOrder>(Hand);
        Receive<TaskDesk.DiskOrder>(order => Obey(order.Opcode, AnswerTo(order.Number)));
        Receive<TaskDesk.RecoverBackup>(recover => TakeBack(recover.Request.PartitionId, AnswerTo(recover.Number)));
        Receive<DiskOperations.PartitionOrder>(order => Operate(order.Partition, order.Command, order.Answer));
        Receive<DiskOperations.LoadOrder>(order => LoadByOrder(order.Partition, order.Answer));
        Receive<DiskOperations.DiskOrder>(Operate);
        Receive<Fetched>(TakeFetched);
    }

    private Answer AnswerTo(long number)
    {
        var desk = Sender;
        return (refusal, data) => desk.Tell(new TaskDesk.Done(number, data, refusal), ActorRefs.NoSender);
    }

    /// <summary>Why the disk takes no order about its contents now; null if it does.</summary>
    private string? Unready => _stopping ? $"disk {_disk.Path} is being closed" : _phase switch
    {
        Phase.Open => null,
        Phase.Opening => $"disk {_disk.Path} is still being opened",
        Phase.Lost => $"disk {_disk.Path} is lost: {_reason}",
        _ => $"disk {_disk.Path} is unavailable: {_reason}",
    };

    private void Hand(TaskDesk.PartitionOrder order)
    {
        if (_slots.TryGetValue(order.Partition, out var slot) && slot.Actor is { } partition) partition.Forward(order);
        else Sender.Tell(new TaskDesk.Done(order.Number, Refusal: $"partition {order.Partition} on {_disk.Path} is unavailable"));
    }

    private void Create(CreateDataPartitionRequest request, Answer answer)
    {
        if (Unready is { } unready)
        {
            answer(unready);
            return;
        }

        if (_slots.TryGetValue(request.PartitionId, out var slot))
        {
            // The master repeats a creation whose answer it has not seen.
            CountExcluded(OperationKind.CreatePartition, slot.Creation is not null ? OperationKind.CreatePartition : OperationKind.Reload);
            if (slot is { Creation: { } running, Next: AfterClose.Nothing } && DiskChoice.IsSame(running, request)) slot.Await(answer);
            else answer($"partition {request.PartitionId} is being created or closed on {_disk.Path}; try again");
            return;
        }

        var meta = new PartitionMeta
        {
            Volume = request.VolumeId,
            Partition = request.PartitionId,
            PartitionBytes = request.PartitionSize,
            CreateTime = PartitionMeta.FormatTime(_context.Time.GetLocalNow()),
            Peers = request.Members,
            Hosts = request.Hosts,
            ReplicaCount = (int)request.ReplicaNum,
            // One that is added to a group gets its data first, and is refused to clients so long. Source: control-plane 3.6, step 4.
            IsBeingRebuilt = request.CreateType == CreatedByDecommission,
            IsRepairing = request.CreateType == CreatedByDecommission,
        };
        slot = new ReplicaSlot(new RootEntry(RootEntryKind.Partition, meta.DirectoryName, meta.Partition, meta.PartitionBytes))
        {
            Creation = request,
            IsLoading = true,
            LeaderBytes = Math.Max(0, request.LeaderSize),
        };
        slot.Await(answer);
        _slots.Add(request.PartitionId, slot);
        WriteDown(slot, OperationKind.CreatePartition, $"of volume {request.VolumeId}, {request.PartitionSize} bytes, {(meta.IsBeingRebuilt ? "to be filled" : "new")}, hosts {string.Join(' ', request.Hosts)}", "created");
        Spawn(slot, PartitionActor.PropsForCreate(_partitionContext!, meta, isChainLeader: !meta.IsBeingRebuilt && request.Hosts[0] == _context.NodeAddress()));
    }

    /// <summary>CreateType of a replica that is added by a decommission or by hand. Source: CubeFS proto/model.go DecommissionedCreateDataPartition.</summary>
    internal const long CreatedByDecommission = 1;

    /// <summary>Takes the place of whatever is under way with the partition; a repeated order waits for the same end.</summary>
    private void Delete(DeleteDataPartitionRequest request, Answer answer)
    {
        if (!_slots.TryGetValue(request.PartitionId, out var slot))
        {
            answer(null); // it is not there, as wanted
            return;
        }

        if (Unready is { } unready)
        {
            answer(unready);
            return;
        }

        // What could not be loaded because it is damaged, somebody may want to look at: it goes, but not for good.
        var isDamaged = slot is { IsServing: false, IsLoading: false, Actor: null } && !_health.HasFailed(slot.Partition) && !_waiting.Contains(slot.Partition);
        if (slot.IsBeingRemoved)
        {
            CountExcluded(OperationKind.DeletePartition, OperationKind.DeletePartition);
        }
        else if (slot.Plan(request.Force || isDamaged ? AfterClose.BackUp : AfterClose.Delete) is { } refusal)
        {
            answer(refusal);
            return;
        }
        else
        {
            WriteDownRemoval(slot, request.Force ? "by order of a master, by force" : "by order of a master");
        }

        slot.Await(answer);
        Close(slot);
    }

    private void Obey(Opcode opcode, Answer answer)
    {
        switch (opcode)
        {
            case Opcode.RecoverBadDisk:
                Recover(answer);
                break;
            case Opcode.QueryBadDiskRecoverProgress:
                answer(null, JsonSerializer.SerializeToUtf8Bytes(Progress(), MasterJson.Default.BadDiskRecoverProgress));
                break;
            case Opcode.DeleteBackupDirectories when Unready is { } unready:
                answer(unready);
                break;
            case Opcode.DeleteBackupDirectories:
                answer(null); // in the background
                RemoveSetAside([.. _backups.Values]);
                break;
            case Opcode.DeleteLostDisk or Opcode.ReloadDisk when _phase != Phase.Lost:
                answer($"disk({_disk.Path}) is not lost");
                break;
            case Opcode.DeleteLostDisk when _slots.Count > 0:
                answer($"disk({_disk.Path}) is still being closed; try again");
                break;
            case Opcode.DeleteLostDisk:
                _forgotten = true;
                Timers.CancelAll();
                _context.Board.RemoveDisk(_disk.Path);
                Context.Parent.Tell(new Forgotten(_disk.Path));
                answer(null);
                ReleaseIfEmpty();
                break;
            case Opcode.ReloadDisk:
                answer(null); // in the background; it is lost again if it cannot be opened
                _reloading ??= _context.Operations.Begin(OperationKind.Reload, _context.Operations.NewId(), null, _disk.Path, null, "the disk is opened again, by order of a master");
                _reopen = true;
                ReleaseIfEmpty();
                break;
            default:
                answer($"task 0x{(byte)opcode:x2} is none for a disk");
                break;
        }
    }

    /// <summary>0x6D: the newest backup of a partition becomes the replica again.</summary>
    private void TakeBack(PartitionId partition, Answer answer)
    {
        var (root, local) = (Root, _context.Time.GetLocalNow().DateTime);
        Fetch(partition, answer, () =>
            SetAsideRetention.Nearest(root!.List().Where(entry => entry.Kind == RootEntryKind.Backup && entry.Partition == partition), local) is { } backup
                ? new Fetched(partition, root.TakeBack(backup), null, backup.Name)
                : new Fetched(partition, null, $"dp({partition}) root not found in dir({_disk.Path})", null));
    }

    private void LoadByOrder(PartitionId partition, Answer answer)
    {
        var root = Root;
        Fetch(partition, answer, () =>
        {
            foreach (var entry in root!.List())
                if (entry.Kind == RootEntryKind.Partition && entry.Partition == partition) return new Fetched(partition, entry, null, null);
            return new Fetched(partition, null, $"dp root not found in dir({_disk.Path})", null);
        });
    }

    /// <summary>Looks for the directory of a partition that is not loaded, and loads it. Its place is taken meanwhile.</summary>
    private void Fetch(PartitionId partition, Answer answer, Func<Fetched> find)
    {
        if (Unready is { } unready)
        {
            answer(unready);
            return;
        }

        if (_slots.ContainsKey(partition) || _context.Board.Partition(partition) is not null)
        {
            answer("partition is already loaded");
            return;
        }

        var slot = new ReplicaSlot(new RootEntry(RootEntryKind.Partition, "", partition, 0)) { IsBusy = true };
        slot.Await(answer);
        _slots.Add(partition, slot);
        _context.Threads.RunAsync(find, IoClass.Load).PipeTo(Self, failure: cause => new Fetched(partition, null, cause.Message, null));
    }

    private void TakeFetched(Fetched fetched)
    {
        if (!_slots.TryGetValue(fetched.Partition, out var slot)) return;
        slot.IsBusy = false;
        if (fetched.BackupName is { } name && fetched.Entry is not null) _backups.Remove(name);
        if (fetched.Entry is { } entry) slot.Entry = entry;
        if (fetched.Entry is null)
        {
            // Who waits for its removal has what he wants; who waits for it to be loaded has not.
            if (!slot.IsBeingRemoved) slot.AnswerAll(fetched.Problem ?? "its directory is gone");
            Forget(slot);
        }
        else if (slot.Next == AfterClose.Nothing && Unready is null)
        {
            Load(slot);
        }
        else
        {
            if (slot.Next == AfterClose.Nothing) slot.PlanDetach(Unready!);
            Advance(slot);
        }

        ReleaseIfEmpty();
    }

    private void Operate(PartitionId partition, PartitionCommand command, Answer answer)
    {
        if (Unready is { } unready)
        {
            answer(unready);
            return;
        }

        if (!_slots.TryGetValue(partition, out var slot))
        {
            answer("partition not exist");
            return;
        }

        if (command == PartitionCommand.Break)
        {
            Break(slot);
            answer(null);
            return;
        }

        var step = command switch
        {
            PartitionCommand.Reload => AfterClose.Reload,
            PartitionCommand.Restore => AfterClose.Restore,
            _ => AfterClose.Detach,
        };
        var isRepeated = slot.Next == step;
        if (slot.Plan(step) is { } refusal)
        {
            CountExcluded(OperationKind.Reload, slot.IsBeingRemoved ? OperationKind.DeletePartition : OperationKind.CreatePartition);
            answer(refusal);
            return;
        }

        if (isRepeated) CountExcluded(OperationKind.Reload, OperationKind.Reload);
        else if (step != AfterClose.Detach) WriteDown(slot, OperationKind.Reload, step == AfterClose.Restore ? "its count of errors is cleared" : "by order", "loaded anew");
        slot.Await(answer);
        Close(slot);
    }

    private void Operate(DiskOperations.DiskOrder order)
    {
        if (Unready is { } unready)
        {
            order.Answer(unready);
            return;
        }

        if (order.Command == DiskCommand.Break)
        {
            foreach (var slot in _slots.Values.ToList()) Break(slot);
            order.Answer(null);
            return;
        }

        order.Answer(GiveUpDisk("by order of an operator") ? null : $"disk {_disk.Path} was given up before: {_health.GivenUp}");
    }

    private static void Break(ReplicaSlot slot) =>
        slot.Actor?.Tell(new PartitionActor.DiskFaulted(new DiskFaultException("an error by order of an operator", slot.Entry.Name, ErrnoIo)));

    private const int ErrnoIo = 5;
}
