using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What happens to a request once it is there.</summary>
internal enum Route
{
    /// <summary>Refused, or without any answer: the slot is decided.</summary>
    Decided,

    /// <summary>To the partition, on its disk's threads.</summary>
    Execute,

    /// <summary>A task of the master.</summary>
    Admin,

    /// <summary>A task of the partition's repair leader.</summary>
    Repair,

    /// <summary>Its partition does not serve yet, and it may wait for that.</summary>
    Wait,

    /// <summary>It waits; the connection has it.</summary>
    Waits,
}

/// <summary>The checks before anything is queued, in CubeFS's order (data-plane 3.0). Memory only: no disk is touched here.</summary>
internal static class Preparation
{
    /// <summary>Blocks of a read reply, as clients expect them. Source: CubeFS util/unit.go ReadBlockSize; larger ones break them (O16).</summary>
    public const int ReadBlockBytes = 131072;

    /// <summary>Most followers a list may name; CubeFS has two.</summary>
    public const int FollowersMax = 8;

    /// <summary>Whether a request may bring as much data as its header says; if not, the connection is closed before a buffer is rented.</summary>
    /// <remarks>What this version does not serve is read only to be answered with an error, which no more than a short body is worth.</remarks>
    public static bool MayBring(in PacketHeader header, long bufferBudgetBytes) =>
        header.DataBytes <= (IsServed(header.Opcode) || Opcodes.IsAdmin(header.Opcode) ? bufferBudgetBytes / 2 : PacketLimits.WriteBytesMax);

    /// <param name="slot">Complete, with its data. Left either decided, or with its gate entered, or, to wait, with its followers and without a gate.</param>
    public static Route Prepare(RequestSlot slot, DataPathServices services, FollowerListCache followers)
    {
        var opcode = slot.Header.Opcode;
        slot.IsRead = Opcodes.IsRead(opcode);
        if (SenderTable.Of(opcode) != Sender.Anyone && services.Sources.Problem(slot.Header, slot.Remote) is { } misplaced)
        {
            slot.Refuse(ActionPrefixes.ForTask(opcode) ?? ActionPrefixes.Prepare, misplaced);
            return Route.Decided;
        }

        if (!followers.TryParse(slot.Arg.AsSpan(0, slot.ArgBytes), out var addresses))
            return Refuse(slot, $"{ErrorTexts.ArgMismatch}: follower list with more than {FollowersMax} entries, or one that is not ip:port");
        if (Opcodes.IsAdmin(opcode) && !TakesTask(opcode, services)) return Refuse(slot, ErrorTexts.NotStarted);
        if (Opcodes.IsMasterCommand(opcode)) return Route.Admin;
        if (Opcodes.IsAppend(opcode) && Crc32.Compute(slot.Data) != slot.Header.Crc) return Refuse(slot, ErrorTexts.CrcMismatch);
        if (services.Partitions.Find(slot.Header.Partition) is not { } gate || !gate.TryEnter()) return PrepareWithoutGate(slot, services, addresses);
        if (Opcodes.IsAdmin(opcode))
        {
            gate.Exit(); // a task of the master that asks no more than that the partition is here
            return Route.Admin;
        }

        return PrepareInside(slot, gate, services, addresses);
    }

    /// <summary>Prepares a request that has waited, with the gate of its partition as it is now.</summary>
    /// <returns>As for <see cref="Prepare"/>, but never to wait again: refused if the partition is closing already.</returns>
    public static Route PrepareAnew(RequestSlot slot, PartitionGate gate, DataPathServices services, System.Collections.Immutable.ImmutableArray<string> followers) =>
        gate.TryEnter() ? PrepareInside(slot, gate, services, followers) : Refuse(slot, WaitRules.Refusal(slot.Header.Opcode, slot.Header.Partition, WaitRules.WillNotServe));

    private static Route PrepareInside(RequestSlot slot, PartitionGate gate, DataPathServices services, System.Collections.Immutable.ImmutableArray<string> addresses)
    {
        var opcode = slot.Header.Opcode;
        slot.Gate = gate;
        if (IsServed(opcode)) return PrepareServed(slot, gate, services, addresses);
        if (opcode == Opcode.Read) return Silence(slot); // in CubeFS's tables, served by nobody, never answered (O4)
        return RefuseUnserved(slot);
    }

    /// <summary>Heartbeats are taken from the start, for what they say; the report that answers them waits until it can tell how things are. All other tasks
    /// need to know which partitions are here. A disk that hangs does not hold them up for ever: whoever takes them knows of it.</summary>
    private static bool TakesTask(Opcode opcode, DataPathServices services) =>
        opcode == Opcode.DataNodeHeartbeat || services.Partitions.IsListed || services.Node.IsStarted;

    private static Route PrepareWithoutGate(RequestSlot slot, DataPathServices services, System.Collections.Immutable.ImmutableArray<string> addresses)
    {
        ref readonly var header = ref slot.Header;
        var standing = services.Partitions.StandingOf(header.Partition);
        if (Opcodes.IsAdmin(header.Opcode) || standing == Standing.Unknown) return Refuse(slot, $"{ErrorTexts.PartitionMissing} {header.Partition}");
        if (WaitRules.Patience(header, standing == Standing.ExpectedSingle, services.Settings.Waiting) is null)
            return Refuse(slot, WaitRules.Refusal(header.Opcode, header.Partition, WaitRules.IsLoading));
        slot.Followers = addresses;
        return Route.Wait;
    }

    private static Route PrepareServed(RequestSlot slot, PartitionGate gate, DataPathServices services, System.Collections.Immutable.ImmutableArray<string> followers)
    {
        ref readonly var header = ref slot.Header;
        var volumes = services.Node.Volumes;
        slot.Kind = KindOf(header.Opcode);
        if (header.Opcode == Opcode.NotifyReplicasToRepair) return Route.Repair;
        slot.IsDirectRead = slot.IsRead && !header.Extent.IsTiny && volumes.DirectRead.Contains(gate.Volume);
        if (slot.IsRead) return slot.Kind == IoKind.AsyncRead ? PrepareRepairRead(slot, gate, services) : PrepareRead(slot, gate, volumes);
        if (gate.Flags.IsOutOfService && RefusalOutOfService(header.Opcode) is { } broken)
        {
            slot.Refuse(broken.Action, broken.Text);
            return Route.Decided;
        }

        if (IsOverwrite(header.Opcode)) return PrepareOverwrite(slot, gate, volumes);
        var isAppend = Opcodes.IsAppend(header.Opcode);
        if ((isAppend || header.Opcode == Opcode.CreateExtent) && !gate.Flags.HasSpace) return Refuse(slot, ErrorTexts.NoSpace);
        // Before a follower gets it: while a replica is rebuilt, what is appended or deleted would miss it.
        // Of a forbidden volume an append is refused with that instead, in its local step.
        if (gate.Flags.Repairing && ((isAppend && !volumes.Forbidden.Contains(gate.Volume)) || IsBatchDelete(header.Opcode)))
        {
            slot.Refuse(isAppend ? ActionPrefixes.Write : ActionPrefixes.Delete, ErrorTexts.DecommissionRepairing);
            return Route.Decided;
        }

        if (RemainingFollowers.ActsAsLeader(header.RemainingFollowers))
        {
            if (RemainingFollowers.Forwards(header.RemainingFollowers) && IsChained(header.Opcode)) slot.Followers = followers;
            if (isAppend && !header.IsNormalExtent && TakeTiny(slot, gate) is { } refusal) return Refuse(slot, refusal);
        }

        // A batch unlinks up to hundreds of large files in one go: it takes turns with repair, and leaves a thread to clients.
        if (IsBatchDelete(header.Opcode)) slot.Class = IoClass.Repair;

        // A create gets its id only at the chain leader, on the disk's threads: the allocator writes it down first.
        var getsId = header.Opcode == Opcode.CreateExtent && RemainingFollowers.ActsAsLeader(header.RemainingFollowers);
        if ((isAppend || header.Opcode == Opcode.CreateExtent) && !getsId && header.Extent.Value == 0)
            return Refuse(slot, $"checkPacketAndPrepare partition {header.Partition} invalid extent id. ");
        return Route.Execute;
    }

    private static Route PrepareRead(RequestSlot slot, PartitionGate gate, VolumePolicies volumes)
    {
        if (slot.Header.Size == 0) return Silence(slot); // no block, no packet (O6)
        if (volumes.Forbidden.Contains(gate.Volume))
        {
            slot.Refuse(ActionPrefixes.Read, ErrorTexts.PartitionForbidden);
            return Route.Decided;
        }

        if (gate.Flags.IsOutOfService)
        {
            slot.Refuse(ResultCode.TryOtherAddress, OutOfService);
            return Route.Decided;
        }

        slot.IsLeaderRead = slot.Header.Opcode is Opcode.StreamRead or Opcode.BackupRead;
        if (slot.IsLeaderRead && gate.Raft is not { Leads: true })
        {
            slot.Refuse(ActionPrefixes.Read, ErrorTexts.NotRaftLeader);
            return Route.Decided;
        }

        if (!slot.IsLeaderRead && gate.Raft is { IsReplaying: true })
        {
            slot.Refuse(ResultCode.TryOtherAddress, Replaying);
            return Route.Decided;
        }

        if (slot.Header.Opcode == Opcode.BackupRead && !gate.Store.Locks.IsLocked(slot.Header.Extent))
        {
            slot.Refuse(ActionPrefixes.Read, $"extent({slot.Header.Extent}) is not locked");
            return Route.Decided;
        }

        slot.ReadOffset = slot.Header.ExtentOffset;
        slot.ReadRemaining = slot.Header.Size;
        return Route.Execute;
    }

    /// <summary>What another replica reads to repair itself: neither who leads nor whether the volume is forbidden matters.</summary>
    private static Route PrepareRepairRead(RequestSlot slot, PartitionGate gate, DataPathServices services)
    {
        slot.Class = IoClass.Repair;
        slot.ReadBlockBytes = services.Node.Volumes.RepairBlockBytes(gate.Volume);
        string? refusal;
        if (slot.Header.Opcode == Opcode.TinyExtentRepairRead)
        {
            slot.ReadAction = ActionPrefixes.TinyRepairRead;
            refusal = RepairReadSteps.PrepareTiny(slot) ?? TakeServePlace(slot, gate);
        }
        else if (slot.Header.Opcode == Opcode.ReadTinyDeleteRecord)
        {
            slot.ReadAction = ActionPrefixes.TinyDeleteRecordRead;
            refusal = RepairReadSteps.PrepareRecords(slot);
        }
        else
        {
            slot.ReadOffset = slot.Header.ExtentOffset;
            slot.ReadRemaining = slot.Header.Size;
            // Nothing asked for is an error here, not silence: a reader of CubeFS would wait a minute for it.
            refusal = slot.Header.Size == 0 ? ErrorTexts.EndOfExtent : TakeRepairToken(slot, gate, services.Limits);
        }

        if (refusal is null) return Route.Execute;
        slot.Refuse(slot.ReadAction, refusal);
        return Route.Decided;
    }

    /// <summary>The slot gives the tokens back when it closes.</summary>
    private static string? TakeRepairToken(RequestSlot slot, PartitionGate gate, NodeLimits limits)
    {
        if (!limits.RepairReads.TryEnter(limits.RepairsMax)) return ErrorTexts.RepairLimit;
        slot.RepairToken = limits;
        if (!limits.OneRepairReadPerDisk) return TakeServePlace(slot, gate);
        slot.DiskRepairToken = gate.Limits.RepairRead.TryTake();
        return slot.DiskRepairToken == 0 ? ErrorTexts.NoRepairToken : TakeServePlace(slot, gate);
    }

    /// <summary>Refused, and never kept waiting: the reader holds places of its own meanwhile. The words are those that every reader comes again on, of CubeFS after 5 s.</summary>
    private static string? TakeServePlace(RequestSlot slot, PartitionGate gate)
    {
        slot.Serving = gate.Limits.Budget.TryServe(slot.Remote, slot.Header.Size);
        return slot.Serving is null ? ErrorTexts.NoRepairToken : null;
    }

    private static IoKind? KindOf(Opcode opcode) => opcode switch
    {
        Opcode.StreamRead or Opcode.StreamFollowerRead or Opcode.BackupRead => IoKind.Read,
        Opcode.ExtentRepairRead or Opcode.TinyExtentRepairRead or Opcode.ReadTinyDeleteRecord => IoKind.AsyncRead,
        Opcode.CreateExtent or Opcode.Write or Opcode.SyncWrite or Opcode.BackupWrite => IoKind.Write,
        Opcode.MarkDelete or Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent => IoKind.Delete,
        _ => IsOverwrite(opcode) ? IoKind.Write : null,
    };

    /// <summary>Checked before it goes into the log: what is there, every replica has to apply alike. CubeFS checks neither CRC nor range.</summary>
    private static Route PrepareOverwrite(RequestSlot slot, PartitionGate gate, VolumePolicies volumes)
    {
        ref readonly var header = ref slot.Header;
        var bytesMax = header.Extent.IsTiny ? ExtentLimits.TinyBytesMax : ExtentLimits.NormalBytesMax;
        var refusal = volumes.Forbidden.Contains(gate.Volume) ? ErrorTexts.PartitionForbidden
            : LocalSteps.VersionRefusal(slot, volumes)
            ?? (gate.Raft is not { Leads: true } ? ErrorTexts.NotRaftLeader
            : header.Size > OverwriteBytesMax || header.ExtentOffset < 0 || header.ExtentOffset > bytesMax - header.Size ? $"{ErrorTexts.ArgMismatch}: overwrite of {header.Size} bytes at {header.ExtentOffset}"
            : Crc32.Compute(slot.Data) != header.Crc ? ErrorTexts.CrcMismatch
            : null);
        if (refusal is not null)
        {
            slot.Refuse(ActionPrefixes.Write, refusal);
            return Route.Decided;
        }

        slot.IsOverwrite = true;
        return Route.Execute;
    }

    private static readonly byte[] Replaying = ErrorTexts.Body(ActionPrefixes.Read, "this replica still applies what its raft log held when it started; read another one");

    private static readonly byte[] OutOfService = ErrorTexts.Body(ActionPrefixes.Read, "this replica counts disk errors and may be behind; read another one");

    /// <summary>Of requests that are no reads: what would be promised to clients is refused before a follower gets it. Overwrites are, too: it is in no group.</summary>
    private static (string Action, string Text)? RefusalOutOfService(Opcode opcode) => opcode switch
    {
        Opcode.CreateExtent => (ActionPrefixes.CreateExtent, ErrorTexts.DiskBroken),
        Opcode.Write or Opcode.SyncWrite or Opcode.BackupWrite => (ActionPrefixes.Write, ErrorTexts.DiskBroken),
        Opcode.BatchLockNormalExtent => (ActionPrefixes.BatchLock, ErrorTexts.DiskBroken),
        _ => null,
    };

    /// <summary>The longest overwrite. Source: CubeFS util/unit.go BlockSize, which its SDK cuts at.</summary>
    private const int OverwriteBytesMax = 131072;

    private static string? TakeTiny(RequestSlot slot, PartitionGate gate)
    {
        var error = gate.Store.AcquireTiny(out var extent, out var offset);
        if (error != StorageError.None) return StorageRefusals.Text(error, slot.Header, 0);
        slot.TakenTiny = extent;
        slot.Header = slot.Header with { Extent = extent, ExtentOffset = offset };
        return null;
    }

    private static Route RefuseUnserved(RequestSlot slot)
    {
        var opcode = slot.Header.Opcode;
        // The overwrites of volumes with snapshots: refused in the words that every caller goes elsewhere on.
        if (Opcodes.IsRandomWrite(opcode)) slot.Refuse(ActionPrefixes.Write, ErrorTexts.NotRaftLeader);
        else slot.Refuse(ActionPrefixes.UnknownOpcode, $"{ErrorTexts.UnknownOpcode}{(byte)opcode}");
        return Route.Decided;
    }

    private static Route Refuse(RequestSlot slot, string text)
    {
        slot.Refuse(ActionPrefixes.Prepare, text);
        return Route.Decided;
    }

    private static Route Silence(RequestSlot slot)
    {
        slot.IsSilent = true;
        slot.Succeed();
        return Route.Decided;
    }

    private static bool IsChained(Opcode opcode) => opcode is Opcode.CreateExtent or Opcode.Write or Opcode.SyncWrite or Opcode.MarkDelete
        or Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent or Opcode.BatchLockNormalExtent or Opcode.BatchUnlockNormalExtent or Opcode.BackupWrite;

    private static bool IsBatchDelete(Opcode opcode) => opcode is Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent;

    /// <summary>The overwrites of volumes without snapshots.</summary>
    private static bool IsOverwrite(Opcode opcode) => opcode is Opcode.RandomWrite or Opcode.SyncRandomWrite or Opcode.RandomWriteVersion or Opcode.SyncRandomWriteVersion;

    private static bool IsServed(Opcode opcode) => IsChained(opcode) || IsOverwrite(opcode) || opcode is Opcode.StreamRead or Opcode.StreamFollowerRead or Opcode.BackupRead or Opcode.GetAllWatermarks
        or Opcode.ExtentRepairRead or Opcode.TinyExtentRepairRead or Opcode.ReadTinyDeleteRecord or Opcode.NotifyReplicasToRepair
        or Opcode.GetPartitionSize or Opcode.GetMaxExtentIdAndPartitionSize or Opcode.GetAppliedId or Opcode.BroadcastMinAppliedId;
}
