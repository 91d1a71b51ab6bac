using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What one replica does for a request, on its disk's I/O threads. Each step decides its slot or leaves it undecided for success.</summary>
internal static partial class LocalSteps
{
    /// <summary>Runs the step.</summary>
    /// <returns>Null for success; otherwise the error body.</returns>
    public static byte[]? Run(RequestSlot slot, DataPathServices services) => slot.Header.Opcode switch
    {
        Opcode.CreateExtent => Create(slot, services.Node.Volumes),
        Opcode.Write or Opcode.SyncWrite => Append(slot, services.Node.Volumes),
        Opcode.MarkDelete => MarkDelete(slot, services.Node.Volumes),
        Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent => BatchDelete(slot, services.Node.Volumes, services.Limits.Deletes),
        Opcode.BatchLockNormalExtent => Lock(slot),
        Opcode.BatchUnlockNormalExtent => Unlock(slot),
        Opcode.BackupWrite => Restore(slot),
        Opcode.GetAllWatermarks => ListWatermarks(slot),
        Opcode.GetPartitionSize or Opcode.GetMaxExtentIdAndPartitionSize => Sizes(slot),
        Opcode.GetAppliedId => AppliedId(slot),
        Opcode.BroadcastMinAppliedId => LearnLeastApplied(slot),
        _ => throw new InvariantViolationException($"opcode {slot.Header.Opcode} has no local step"),
    };

    private static byte[]? Create(RequestSlot slot, VolumePolicies volumes)
    {
        var gate = slot.Gate!;
        if ((VersionRefusal(slot, volumes) ?? RoomRefusal(gate)) is { } refusal) return ErrorTexts.Body(ActionPrefixes.CreateExtent, refusal);
        return Answer(ActionPrefixes.CreateExtent, gate.Store.CreateExtent(slot.Header.Extent), slot, 0);
    }

    private static byte[]? Append(RequestSlot slot, VolumePolicies volumes)
    {
        var gate = slot.Gate!;
        ref readonly var header = ref slot.Header;
        var refusal = volumes.Forbidden.Contains(gate.Volume) ? ErrorTexts.PartitionForbidden
            : gate.Flags.Repairing ? ErrorTexts.DecommissionRepairing
            : VersionRefusal(slot, volumes) ?? RoomRefusal(gate) ?? (gate.Store.Locks.IsLockedForDelete(header.Extent) ? $"extent({header.Extent}) is locked" : null);
        if (refusal is not null) return ErrorTexts.Body(ActionPrefixes.Write, refusal);
        var error = gate.Store.Append(header.Extent, header.ExtentOffset, slot.Data, header.Crc, header.Opcode == Opcode.SyncWrite, out var watermark);
        return Answer(ActionPrefixes.Write, error, slot, watermark);
    }

    private static byte[]? ListWatermarks(RequestSlot slot)
    {
        if (!WatermarkRequest.TryRead(slot.Header, slot.Data, out var request))
            return ErrorTexts.Body(ActionPrefixes.Watermarks, "the tiny extents asked for are not a JSON array of at most 64 ids");
        var store = slot.Gate!.Store;
        var records = slot.Header.IsNormalExtent || request.WantsBinary ? store.ListQuietNormal() : store.ListTiny(request.TinyExtents.ToHashSet());
        var watermarks = records.Select(ToWatermark).ToList();
        slot.Body = request.WantsBinary ? WatermarkBinary.Write(watermarks) : WatermarkJson.Write(watermarks);
        return null;
    }

    private static Watermark ToWatermark(ExtentRecord record) => new()
    {
        Extent = record.Id,
        Size = (ulong)record.Size,
        Crc = record.Crc,
        ModifiedAt = record.ModifiedSeconds,
        SnapshotEnd = (ulong)record.SnapshotEnd,
        ApplyId = record.CrcApplyId,
    };

    private static byte[]? Sizes(RequestSlot slot)
    {
        var store = slot.Gate!.Store;
        slot.Body = new byte[NumberBody.TwoBytes];
        if (slot.Header.Opcode == Opcode.GetMaxExtentIdAndPartitionSize)
        {
            var (maxId, logicalBytes) = store.Totals();
            // The last id that was given out, whether its extent lives or not: a new replica that leads the chain one day must not give it out again.
            NumberBody.WriteTwo(slot.Body, Math.Max(maxId, store.BaseExtentId), (ulong)logicalBytes);
        }
        else
        {
            NumberBody.WriteTwo(slot.Body, (ulong)store.LogicalBytesUpTo(slot.Header.Extent), (ulong)store.UsedBytes);
        }

        return null;
    }

    /// <summary>What is durable, so that nobody cuts a log that this replica may have to replay (raft.md 4.7).</summary>
    private static byte[]? AppliedId(RequestSlot slot)
    {
        var machine = slot.Gate!.Machine;
        machine.Save();
        slot.Body = new byte[NumberBody.OneBytes];
        NumberBody.WriteOne(slot.Body, machine.DurableApplied);
        return null;
    }

    private static byte[]? LearnLeastApplied(RequestSlot slot)
    {
        if (!NumberBody.TryReadOne(slot.Data, out var index)) return ErrorTexts.Body(ActionPrefixes.Prepare, $"{ErrorTexts.ArgMismatch}: an applied id has 8 bytes");
        slot.Gate!.Machine.LearnLeastApplied(index);
        return null;
    }

    private static byte[]? Answer(string action, StorageError error, RequestSlot slot, long watermark)
    {
        if (error == StorageError.None)
        {
            if (OperationCounts.KindOf(slot.Header.Opcode) is { } kind) slot.Gate!.Operations.Add(kind);
            return null;
        }

        // The next writers should not each have to find out for themselves.
        if (error == StorageError.NoSpace) slot.Gate!.Owner.Tell(new PartitionActor.RanFull(), ActorRefs.NoSender);
        return ErrorTexts.Body(action, StorageRefusals.Text(error, slot.Header, watermark));
    }

    internal static string? VersionRefusal(RequestSlot slot, VolumePolicies volumes) =>
        slot.Header.HasProtocolVersion ? null
        : volumes.ClusterWithoutVersion0 ? ErrorTexts.ClusterForbidsProtocolVersion
        : volumes.WithoutVersion0.Contains(slot.Gate!.Volume) ? ErrorTexts.VolumeForbidsProtocolVersion
        : null;

    private static string? RoomRefusal(PartitionGate gate) =>
        !gate.Flags.HasSpace ? ErrorTexts.NoSpace : !gate.Flags.DiskAvailable ? ErrorTexts.DiskBroken : null;
}
