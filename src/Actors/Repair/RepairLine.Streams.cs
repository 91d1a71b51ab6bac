using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// Answers of several packets: missing bytes of an extent, with the holes of a tiny one, and delete records.
internal sealed partial class RepairLine
{
    /// <summary>Bytes of one request. With one run more, by which a CubeFS source may go beyond it, they fit a buffer of a megabyte.</summary>
    public const int RangeBytes = BufferPool.LargeBytes - DataPlane.BlockBytes;

    /// <summary>Fetches a range of a normal extent.</summary>
    /// <param name="destination">As long as the range, at most <see cref="RangeBytes"/>; filled as a whole.</param>
    /// <exception cref="RepairFailureException">Some of it did not come as it should; what came is void.</exception>
    public async Task FetchAsync(PartitionId partition, ExtentId extent, long offset, Memory<byte> destination)
    {
        var request = Request(ExtentTypes.Normal, Opcode.ExtentRepairRead, partition, extent, offset, (uint)destination.Length);
        var limit = _services.Settings.Packet;
        var ends = EndOfRange();
        try
        {
            await SendAsync(request, default, limit).ConfigureAwait(false);
            for (var at = 0; at < destination.Length;)
            {
                var reply = await ReceiveHeaderAsync(PatienceUntil(ends)).ConfigureAwait(false);
                if (!IsSuccess(request, reply, request.Opcode, offset + at)) throw await RefusedAsync(reply).ConfigureAwait(false);
                if (reply.Size == 0 || reply.Size > destination.Length - at) throw Violation($"{reply.Size} bytes where {destination.Length - at} were missing");
                await TakeDataAsync(reply, destination.Slice(at, (int)reply.Size)).ConfigureAwait(false);
                at += (int)reply.Size;
            }

            EndAnswer();
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    /// <summary>Fetches a range of a tiny extent.</summary>
    /// <param name="bytes">On the 4 KiB grid, at most <see cref="RangeBytes"/>.</param>
    /// <param name="destination">Room for <see cref="RangeBytes"/> and one run more; data of all runs, one behind the other.</param>
    /// <returns>What lies at <paramref name="offset"/> and behind, without a gap; a hole may reach beyond the range.</returns>
    /// <exception cref="RepairFailureException">Some of it did not come as it should; what came is void.</exception>
    public async Task<List<TinyRun>> FetchTinyAsync(PartitionId partition, ExtentId extent, long offset, int bytes, Memory<byte> destination)
    {
        var request = Request(ExtentTypes.Tiny, Opcode.TinyExtentRepairRead, partition, extent, offset, (uint)bytes);
        var ends = EndOfRange();
        var runs = new List<TinyRun>();
        var arg = new byte[TinyRepairArg.Bytes];
        try
        {
            await SendAsync(request, default, _services.Settings.Packet).ConfigureAwait(false);
            long received = 0, promised = long.MaxValue;
            var filled = 0;
            while (received < promised)
            {
                var reply = await ReceiveHeaderAsync(PatienceUntil(ends)).ConfigureAwait(false);
                if (!IsSuccess(request, reply, request.Opcode, offset + received)) throw await RefusedAsync(reply).ConfigureAwait(false);
                if (reply.ArgBytes != TinyRepairArg.Bytes) throw Violation($"a tiny run with an Arg of {reply.ArgBytes} bytes");
                await FillAsync(arg).ConfigureAwait(false);
                if (!TinyRepairArg.TryRead(arg, out var about) || about.StreamBytes == 0 || about.StreamBytes > (ulong)bytes
                    || (promised != long.MaxValue && about.StreamBytes != (ulong)promised)) throw Violation("a tiny run with an Arg that makes no sense");
                promised = (long)about.StreamBytes;
                if (received % DataPlane.SlotBytes != 0) throw Violation("a tiny run behind one that ended within a page");
                var run = about.IsHole ? await TakeHoleAsync(reply, about, offset + received).ConfigureAwait(false)
                    : await TakeRunAsync(reply, offset + received, destination[filled..], filled).ConfigureAwait(false);
                runs.Add(run);
                received += run.Bytes;
                if (!run.IsHole) filled += (int)run.Bytes;
            }

            EndAnswer();
            return runs;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    /// <summary>Asks for delete records from an offset on; <see cref="NextRecordsAsync"/> takes them. The line is not used for anything after.</summary>
    public async Task<PacketHeader> AskRecordsAsync(PartitionId partition, long offset)
    {
        var request = Request(ExtentTypes.Tiny, Opcode.ReadTinyDeleteRecord, partition, default, offset, 0);
        try
        {
            await SendAsync(request, default, _services.Settings.Packet).ConfigureAwait(false);
            return request;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    /// <param name="offset">Where in the sender's log the records begin.</param>
    /// <param name="destination">Room for the longest packet of records.</param>
    /// <returns>Bytes taken: whole records, at least one.</returns>
    public async Task<int> NextRecordsAsync(PacketHeader request, long offset, Memory<byte> destination)
    {
        try
        {
            var reply = await ReceiveHeaderAsync(DataPlane.ReplyDeadline).ConfigureAwait(false);
            if (!IsSuccess(request, reply, Opcode.TinyDeleteRecordReply, offset)) throw await RefusedAsync(reply).ConfigureAwait(false);
            if (reply.Size == 0 || reply.Size % TinyDeleteRecord.Bytes != 0 || reply.Size > destination.Length) throw Violation($"{reply.Size} bytes of delete records");
            await TakeDataAsync(reply, destination[..(int)reply.Size]).ConfigureAwait(false);
            return (int)reply.Size;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    private async ValueTask<TinyRun> TakeHoleAsync(PacketHeader reply, TinyRepairArg about, long offset)
    {
        if (reply.Size != 0 || about.HoleBytes == 0 || about.HoleBytes % DataPlane.SlotBytes != 0) throw Violation($"a hole of {about.HoleBytes} bytes with {reply.Size} bytes of data");
        await SkipAsync(0).ConfigureAwait(false);
        return new TinyRun(offset, (long)about.HoleBytes, IsHole: true, 0, 0);
    }

    private async ValueTask<TinyRun> TakeRunAsync(PacketHeader reply, long offset, Memory<byte> destination, int at)
    {
        if (reply.Size == 0 || reply.Size > Math.Min(destination.Length, DataPlane.BlockBytes)) throw Violation($"a run of {reply.Size} bytes");
        await TakeDataAsync(reply with { ArgBytes = 0 }, destination[..(int)reply.Size]).ConfigureAwait(false); // its Arg is taken already
        return new TinyRun(offset, reply.Size, IsHole: false, at, reply.Crc);
    }

    private async ValueTask TakeDataAsync(PacketHeader reply, Memory<byte> destination)
    {
        await SkipAsync((int)reply.ArgBytes).ConfigureAwait(false);
        await FillAsync(destination).ConfigureAwait(false);
        var crc = Crc32.Compute(destination.Span);
        if (crc == reply.Crc) return;
        _services.Events.ReplyMismatch(Address, $"data with CRC {reply.Crc:x8}", $"data with CRC {crc:x8}");
        throw Violation("data that does not match its CRC");
    }

    private static PacketHeader Request(byte extentType, Opcode opcode, PartitionId partition, ExtentId extent, long offset, uint bytes) =>
        new(extentType, opcode, ResultCode.None, RemainingFollowers.None, 0, bytes, 0, partition, extent, offset, RequestIds.Next(), 0);

    private long EndOfRange() => _services.Time.GetTimestamp() + (long)(_services.Settings.Range.TotalSeconds * _services.Time.TimestampFrequency);

    /// <summary>For the next packet: its own patience, or what is left for the whole range.</summary>
    private TimeSpan PatienceUntil(long ends)
    {
        var left = _services.Time.GetElapsedTime(_services.Time.GetTimestamp(), ends);
        if (left > _services.Settings.Packet) return _services.Settings.Packet;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero; // over: the deadline fires at once
    }
}

/// <summary>A run of a tiny extent as another replica has it.</summary>
/// <param name="Offset">In the extent.</param>
/// <param name="Bytes">Length; of data the exact one, of holes whole pages.</param>
/// <param name="DataStart">Where its data stands in the buffer.</param>
internal readonly record struct TinyRun(long Offset, long Bytes, bool IsHole, int DataStart, uint Crc);
