using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

// Deletes: by one packet or by a list. Idempotent, because a whole batch is sent again after any error.
internal static partial class LocalSteps
{
    private static byte[]? MarkDelete(RequestSlot slot, VolumePolicies volumes)
    {
        ref readonly var header = ref slot.Header;
        if (header.IsNormalExtent) return Delete(slot, header.Extent);
        if (!ExtentKeyJson.TryRead(slot.Data, out var key)) return BadList();
        return Punch(slot, volumes, header.Extent, key.ExtentOffset, key.Size);
    }

    private static byte[]? BatchDelete(RequestSlot slot, VolumePolicies volumes, DeleteRate rate)
    {
        var gate = slot.Gate!;
        if (!DeleteParams.TryRead(slot.Data, out var batch)) return BadList();
        gate.Limits[IoKind.Delete].Charge(batch.Count - 1); // its turn was that of one
        foreach (var element in batch)
        {
            // 0x76 is only for extents that fsck has locked for it: what exists otherwise is refused, what is gone is done.
            if (slot.Header.Opcode == Opcode.GcBatchDeleteExtent && !gate.Store.Locks.IsLockedForDelete(element.ExtentId) && gate.Store.Find(element.ExtentId) is not null)
                return ErrorTexts.Body(ActionPrefixes.Delete, ErrorTexts.ArgMismatch);
            if (!rate.TryTake() || !gate.Limits.Budget.TryDelete()) return ErrorTexts.Body(ActionPrefixes.Delete, ErrorTexts.LimitedIo);
            var error = DeleteOne(slot, volumes, element);
            if (error is not null) return error; // earlier elements stay deleted; the sender repeats the batch
        }

        return null;
    }

    private static byte[]? DeleteOne(RequestSlot slot, VolumePolicies volumes, DeleteParam element)
    {
        // Of a normal extent the whole is deleted, whatever offset and size say (data-plane 3.8).
        return element.ExtentId.IsTiny || element.IsSnapshotDeletion
            ? Punch(slot, volumes, element.ExtentId, element.ExtentOffset, element.Size)
            : Delete(slot, element.ExtentId);
    }

    private static byte[]? Delete(RequestSlot slot, ExtentId extent)
    {
        var error = slot.Gate!.Store.Delete(extent);
        if (error == StorageError.None) slot.Gate.Operations.Add(CountedOperation.MarkDelete);
        return Answer(ActionPrefixes.Delete, error, slot, 0);
    }

    private static byte[]? Punch(RequestSlot slot, VolumePolicies volumes, ExtentId extent, ulong offset, uint size)
    {
        // An offset beyond 2^63 is no place in any extent: the store refuses the negative number it turns into.
        var error = slot.Gate!.Store.Punch(extent, unchecked((long)offset), size);
        if (error == StorageError.None) slot.Gate.Operations.Add(CountedOperation.MarkDelete);
        if (error == StorageError.TinyRecovering && volumes.IgnoreTinyRecovering.Contains(slot.Gate.Volume)) return null;
        return Answer(ActionPrefixes.Delete, error, slot, 0);
    }

    private static byte[] BadList() => ErrorTexts.Body(ActionPrefixes.Delete, "the list of extents is not the JSON that metanodes send");
}
