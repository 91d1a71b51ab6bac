using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What another replica reads to repair itself: tiny extents with their holes, and the log of tiny deletes. On I/O threads.</summary>
/// <remarks>
/// A reader of CubeFS waits a minute for bytes that never come, so that where it sends nothing at all an error is sent here: a range behind
/// the end, or a log without anything new. Source: data-plane 3.13, 3.15; storage-and-repair 4.7, 4.14.
/// </remarks>
internal static class RepairReadSteps
{
    /// <summary>Whole records that fit a megabyte, the longest kept buffer. CubeFS takes up to 100,000 a packet.</summary>
    public const int RecordsBytesMax = BufferPool.LargeBytes / TinyDeleteRecord.Bytes * TinyDeleteRecord.Bytes;

    /// <summary>Checks a tiny repair read. Memory only.</summary>
    /// <returns>Null, or why not.</returns>
    public static string? PrepareTiny(RequestSlot slot)
    {
        ref readonly var header = ref slot.Header;
        if (!header.Extent.IsTiny) return $"unavali extentID ({header.Extent})"; // the words of CubeFS
        if (header.ExtentOffset < 0 || header.ExtentOffset % DataPlane.SlotBytes != 0) return $"{ErrorTexts.ArgMismatch}: offset={header.ExtentOffset} of extent {header.Extent}";
        slot.ReadOffset = header.ExtentOffset;
        slot.ReadRemaining = header.Size;
        return header.Size == 0 ? ErrorTexts.EndOfExtent : null;
    }

    /// <summary>Checks a read of delete records: from an offset to where the log ends now, as far as others were told of it. Memory only.</summary>
    /// <returns>Null, or why not.</returns>
    public static string? PrepareRecords(RequestSlot slot)
    {
        var offset = slot.Header.ExtentOffset;
        if (offset < 0 || offset % TinyDeleteRecord.Bytes != 0) return $"{ErrorTexts.ArgMismatch}: offset={offset} of the log of tiny deletes";
        var end = slot.Gate!.Announced.End(slot.Gate.Store.TinyDeleteLogBytes);
        var bytes = end / TinyDeleteRecord.Bytes * TinyDeleteRecord.Bytes - offset;
        if (bytes <= 0) return ErrorTexts.EndOfExtent;
        slot.ReadOffset = offset;
        slot.ReadRemaining = (uint)Math.Min(bytes, uint.MaxValue / TinyDeleteRecord.Bytes * TinyDeleteRecord.Bytes);
        slot.ReadBlockBytes = RecordsBytesMax;
        return null;
    }

    public static Refusal? Records(RequestSlot slot)
    {
        var bytes = ReadSteps.NextBytes(slot);
        var data = slot.Lease!.Data.Span[..bytes];
        if (slot.Gate!.Store.ReadTinyDeleteLog(slot.ReadOffset, data) < bytes) return Refused(slot, ErrorTexts.EndOfExtent);
        var header = slot.Header.ToReadData(ExtentTypes.Normal, Opcode.TinyDeleteRecordReply, slot.ReadOffset, (uint)bytes, Crc32.Compute(data)) with { Extent = default };
        ReadSteps.Frame(slot, header, bytes);
        return null;
    }

    /// <summary>The next run of data or the next hole. A hole at the end reaches to the next multiple of 4 KiB, where the watermark stands.</summary>
    public static Refusal? Tiny(RequestSlot slot)
    {
        var store = slot.Gate!.Store;
        var extent = slot.Header.Extent;
        if (slot.StreamBytes == 0)
        {
            // Looked up once: what is written meanwhile belongs to the next repair.
            var error = store.FileLength(extent, out var length);
            if (error != StorageError.None) return Refused(slot, StorageRefusals.Text(error, slot.Header, 0));
            var present = Math.Min(slot.ReadRemaining, length - slot.ReadOffset);
            if (present <= 0) return Refused(slot, ErrorTexts.EndOfExtent);
            slot.ReadRemaining = (uint)present;
            slot.StreamBytes = (ulong)present;
        }

        var found = store.FindRun(extent, slot.ReadOffset, out var isHole, out var run);
        if (found != StorageError.None) return Refused(slot, StorageRefusals.Text(found, slot.Header, 0));
        var next = TinyRuns.Next(isHole, run, slot.ReadRemaining, slot.ReadBlockBytes);
        var crc = 0u;
        if (!next.IsHole)
        {
            var error = store.Read(extent, slot.ReadOffset, slot.Lease!.Data.Span[..(int)next.Bytes], out crc);
            if (error != StorageError.None) return Refused(slot, StorageRefusals.Text(error, slot.Header, 0));
        }

        var dataBytes = next.IsHole ? 0 : (int)next.Bytes;
        var header = slot.Header.ToReadData(ExtentTypes.Tiny, Opcode.TinyExtentRepairRead, slot.ReadOffset, (uint)dataBytes, crc, TinyRepairArg.Bytes);
        ReadSteps.Frame(slot, header, dataBytes);
        new TinyRepairArg(next.IsHole, next.IsHole ? (ulong)next.Bytes : 0, slot.StreamBytes).Write(slot.Lease!.Array.AsSpan(BufferLease.HeadroomBytes - TinyRepairArg.Bytes));
        slot.BlockSpan = next.Bytes;
        return null;
    }

    private static Refusal Refused(RequestSlot slot, string text)
    {
        ReadSteps.NameFailedBlock(slot);
        return new Refusal(ErrorTexts.ToCode(text), ErrorTexts.Body(slot.ReadAction, text));
    }
}
