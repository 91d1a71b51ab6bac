using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// What fsck does with garbage: locks it, reads it for a backup, deletes it, and writes it back if that was wrong. Source: data-plane 3.16.
internal static partial class LocalSteps
{
    /// <summary>As many as fit the longest list, and as a partition may have at all.</summary>
    private const int LockKeysMax = 64 * 1024;

    private static byte[]? Lock(RequestSlot slot)
    {
        var store = slot.Gate!.Store;
        if (!ExtentLock.TryRead(slot.Data, LockKeysMax, out var request)) return LockRefused("the list of extents to lock is not the JSON that fsck sends");
        var kind = (ExtentLockKind)request.Flag;
        foreach (var key in request.Keys)
        {
            if (!request.IsCreate)
            {
                if (store.Find(key.ExtentId) is null) continue;
                var error = store.FileLength(key.ExtentId, out var length);
                if (error is StorageError.ExtentMissing or StorageError.ExtentDeleted) continue;
                if (error != StorageError.None) return LockRefused(StorageRefusals.Text(error, slot.Header, 0));
                if (length != key.Size) return LockRefused($"extent({key.ExtentId}) has {length} bytes, its key says {key.Size}");
            }

            if (!store.Locks.TryLock(key.ExtentId, kind)) return LockRefused($"{ExtentLocks.Max} extents are locked already");
        }

        // First all locks, then the files: nobody writes into what is about to be restored.
        if (!request.IsCreate) return null;
        foreach (var key in request.Keys)
        {
            var error = store.CreateExtent(key.ExtentId, evenIfDeleted: true);
            if (error is not StorageError.None and not StorageError.ExtentExists) return LockRefused(StorageRefusals.Text(error, slot.Header, 0));
        }

        return null;
    }

    private static byte[]? Unlock(RequestSlot slot)
    {
        if (!ExtentKeyJson.TryReadList(slot.Data, LockKeysMax, out _)) return LockRefused("the list of extents to unlock is not the JSON that fsck sends");
        slot.Gate!.Store.Locks.Clear();
        return null;
    }

    /// <summary>An append without the checks that clients' writes have; the extent must be there.</summary>
    private static byte[]? Restore(RequestSlot slot)
    {
        var gate = slot.Gate!;
        ref readonly var header = ref slot.Header;
        if (RoomRefusal(gate) is { } refusal) return ErrorTexts.Body(ActionPrefixes.Write, refusal);
        // Nobody has compared the sender's CRC, so that it does not become that of a block.
        var crc = header.Size == DataPlane.BlockBytes ? Crc32.Compute(slot.Data) : 0;
        var error = gate.Store.Append(header.Extent, header.ExtentOffset, slot.Data, crc, sync: false, out var watermark);
        return Answer(ActionPrefixes.Write, error, slot, watermark);
    }

    private static byte[] LockRefused(string text) => ErrorTexts.Body(ActionPrefixes.BatchLock, text);
}
