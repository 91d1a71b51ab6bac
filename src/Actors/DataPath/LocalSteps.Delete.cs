using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

// Deletes: by one packet or by a list. Idempotent, because a whole batch is sent again after any error.
internal static partial class LocalSteps
{
    private static byte[]? MarkDelete(RequestSlot slot, VolumePolicies volumes)
    {
        ref readonly var header = ref slot.Header;
        if (header.IsNormalExtent) return Answer(ActionPrefixes.Delete, slot.Gate!.Store.Delete(header.Extent), slot, 0);
        if (!DeleteParamsJson.TryReadKey(slot.Data, out var key)) return BadList();
        return Punch(slot, volumes, header.Extent, (long)key.ExtentOffset, key.Size);
    }

    private static byte[]? BatchDelete(RequestSlot slot, VolumePolicies volumes)
    {
        var gate = slot.Gate!;
        if (gate.Flags.Repairing) return ErrorTexts.Body(ActionPrefixes.Delete, ErrorTexts.DecommissionRepairing);
        if (!DeleteParamsJson.TryReadBatch(slot.Data, out var batch)) return BadList();
        foreach (var element in batch)
        {
            // 0x76 is only for extents that fsck has locked, and this version has no locks: what exists is refused, what is gone is done.
            if (slot.Header.Opcode == Opcode.GcBatchDeleteExtent && gate.Store.Find(new ExtentId(element.ExtentId)) is { IsDeleted: false })
                return ErrorTexts.Body(ActionPrefixes.Delete, ErrorTexts.ArgMismatch);
            var error = DeleteOne(slot, volumes, element);
            if (error is not null) return error; // earlier elements stay deleted; the sender repeats the batch
        }

        return null;
    }

    private static byte[]? DeleteOne(RequestSlot slot, VolumePolicies volumes, DeleteParams element)
    {
        var store = slot.Gate!.Store;
        var extent = new ExtentId(element.ExtentId);
        if (extent.IsTiny) return Punch(slot, volumes, extent, (long)element.ExtentOffset, element.Size);
        var isPart = element.IsSnapshotDeletion && (element.ExtentOffset != 0 || (long)element.Size != store.Find(extent)?.Size);
        return isPart
            ? Punch(slot, volumes, extent, (long)element.ExtentOffset, element.Size)
            : Answer(ActionPrefixes.Delete, store.Delete(extent), slot, 0);
    }

    private static byte[]? Punch(RequestSlot slot, VolumePolicies volumes, ExtentId extent, long offset, long size)
    {
        var error = slot.Gate!.Store.Punch(extent, offset, size);
        if (error is StorageError.ExtentMissing or StorageError.ExtentDeleted) return null; // nothing left to punch
        if (error == StorageError.TinyRecovering && volumes.IgnoreTinyRecovering.Contains(slot.Gate.Volume)) return null;
        return Answer(ActionPrefixes.Delete, error, slot, 0);
    }

    private static byte[] BadList() => ErrorTexts.Body(ActionPrefixes.Delete, "the list of extents is not the JSON that metanodes send");
}
