using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Reads: block after block into the slot's lease, each with its header right before it, ready to be sent as one span.</summary>
internal static class ReadSteps
{
    /// <summary>Tries the next block from the page cache, on whatever thread; never blocks.</summary>
    /// <returns>False if the disk has to be asked, which is for an I/O thread, or if it cannot be served: an I/O thread finds out why.</returns>
    public static bool TryCached(RequestSlot slot)
    {
        var bytes = NextBytes(slot);
        if (IsDirect(slot, bytes)) return false;
        if (!slot.Gate!.Store.TryReadCached(slot.Header.Extent, slot.ReadOffset, slot.Lease!.Data.Span[..bytes], out var crc)) return false;
        Frame(slot, bytes, crc);
        return true;
    }

    /// <summary>Reads the next block; on an I/O thread.</summary>
    /// <returns>Null if it stands in the lease; otherwise why not. The header then names the block that failed, as the error packet must.</returns>
    public static Refusal? FromDisk(RequestSlot slot) => slot.Header.Opcode switch
    {
        Opcode.TinyExtentRepairRead => RepairReadSteps.Tiny(slot),
        Opcode.ReadTinyDeleteRecord => RepairReadSteps.Records(slot),
        _ => Plain(slot),
    };

    private static Refusal? Plain(RequestSlot slot)
    {
        var bytes = NextBytes(slot);
        var gate = slot.Gate!;
        var error = gate.Store.Read(slot.Header.Extent, slot.ReadOffset, slot.Lease!.Data.Span[..bytes], out var crc, IsDirect(slot, bytes));
        if (error == StorageError.None)
        {
            Frame(slot, bytes, crc);
            return null;
        }

        NameFailedBlock(slot);
        return error switch
        {
            StorageError.ExtentMissing or StorageError.ExtentDeleted =>
                Refused($"extent {slot.Header.Extent} of partition {gate.Partition} :: {ErrorTexts.ExtentDeleted}"),
            StorageError.EndOfExtent => Refused(gate.Flags.Recovering ? ErrorTexts.PartitionRepairing : ErrorTexts.EndOfExtent),
            // Another replica has sound bytes; without one the reader must learn that these are not.
            StorageError.BlockDamaged => new Refusal(
                gate.HasOtherReplicas ? ResultCode.TryOtherAddress : ResultCode.DiskError,
                ErrorTexts.Body(ActionPrefixes.Read, $"block CRC mismatch in extent {slot.Header.Extent} at {slot.ReadOffset}, partition {gate.Partition}")),
            _ => Refused(StorageRefusals.Text(error, slot.Header with { Size = (uint)bytes }, gate.Store.Find(slot.Header.Extent)?.Size ?? 0)),
        };
    }

    /// <summary>Moves behind the block that was sent.</summary>
    /// <returns>True if there is more to read.</returns>
    public static bool Advance(RequestSlot slot)
    {
        slot.ReadOffset += slot.BlockSpan;
        slot.ReadRemaining -= (uint)Math.Min(slot.BlockSpan, slot.ReadRemaining); // a hole at the end reaches to the next page
        slot.BlockBytes = 0;
        slot.HasBlock = false;
        return slot.ReadRemaining > 0;
    }

    public static ReadOnlyMemory<byte> Packet(RequestSlot slot) =>
        slot.Lease!.Array.AsMemory(slot.BlockStart, BufferLease.HeadroomBytes - slot.BlockStart + slot.BlockBytes);

    /// <summary>Makes the header that of the block at which the read ends, as its error packet must be; Size becomes that of the error.</summary>
    internal static void NameFailedBlock(RequestSlot slot) => slot.Header = slot.Header with { ExtentOffset = slot.ReadOffset, Crc = 0 };

    private static Refusal Refused(string text) => new(ErrorTexts.ToCode(text), ErrorTexts.Body(ActionPrefixes.Read, text));

    /// <summary>A whole block comes through the page cache, whatever its volume: readers of those go on to the next one. Source: CubeFS storage/extent.go Read.</summary>
    private static bool IsDirect(RequestSlot slot, int bytes) => slot.IsDirectRead && bytes < Preparation.ReadBlockBytes;

    /// <summary>Bytes of the next block, at most.</summary>
    internal static int NextBytes(RequestSlot slot) => (int)Math.Min(slot.ReadRemaining, slot.ReadBlockBytes);

    private static void Frame(RequestSlot slot, int bytes, uint crc)
    {
        Frame(slot, slot.Header.ToReadData(ExtentTypes.Normal, slot.Header.Opcode, slot.ReadOffset, (uint)bytes, crc), bytes);
    }

    /// <summary>Writes the header right before the block, with room for its Arg between them.</summary>
    internal static void Frame(RequestSlot slot, in PacketHeader header, int bytes)
    {
        slot.BlockStart = BufferLease.HeadroomBytes - header.EncodedBytes - (int)header.ArgBytes;
        header.Write(slot.Lease!.Array.AsSpan(slot.BlockStart));
        slot.BlockBytes = bytes;
        if (OperationCounts.KindOf(slot.Header.Opcode) is { } kind) slot.Gate!.Operations.Add(kind);
        slot.BlockSpan = bytes;
    }
}

/// <summary>A result code with the error body that goes with it.</summary>
internal readonly record struct Refusal(ResultCode Code, byte[] Body);
