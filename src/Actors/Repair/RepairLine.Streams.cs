using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// Answers of several packets: missing bytes of an extent, with the holes of a tiny one, and delete records.
internal sealed partial class RepairLine
{
    /// <summary>Bytes of one request. With one run more, by which a CubeFS source may go beyond it, they fit a buffer of a megabyte.</summary>
    public const int RangeBytes = BufferPool.LargeBytes - DataPlane.BlockBytes;

    private readonly byte[] _arg = new byte[TinyRepairArg.Bytes];
    private TimeSpan _recordsLeft;

    /// <summary>Fetches a range of a normal extent.</summary>
    /// <param name="destination">As long as the range, at most <see cref="RangeBytes"/>; filled as a whole.</param>
    /// <exception cref="RepairFailureException">Some of it did not come as it should; what came is void.</exception>
    public Task FetchAsync(PartitionId partition, ExtentId extent, long offset, Memory<byte> destination) => FillFromAsync(Opcode.ExtentRepairRead, partition, extent, offset, destination);

    /// <summary>Bytes and nothing else, in packets that follow each other without a gap.</summary>
    private async Task FillFromAsync(Opcode opcode, PartitionId partition, ExtentId extent, long offset, Memory<byte> destination)
    {
        Invariant.Check(destination.Length is > 0 and <= RangeBytes); // nothing asked for would be answered all the same, and left unread
        var request = Request(ExtentTypes.Normal, opcode, partition, extent, offset, (uint)destination.Length);
        Begin(_parts.Settings.Range);
        try
        {
            StartFrame(_parts.Settings.Packet);
            await SendAsync(request, default).ConfigureAwait(false);
            for (var at = 0; at < destination.Length;)
            {
                StartFrame(_parts.Settings.Packet);
                var reply = await ReceiveHeaderAsync(request).ConfigureAwait(false);
                var expected = Data(request, opcode, opcode, offset + at, new AnswerBytes(1, destination.Length - at), 0);
                await AdmitAsync(expected, reply).ConfigureAwait(false);
                await TakeDataAsync(request, reply, destination.Slice(at, (int)reply.Size)).ConfigureAwait(false);
                at += (int)reply.Size;
            }

            EndAnswer(request);
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
    /// <inheritdoc cref="FetchRunsAsync"/>
    public Task<List<TinyRun>> FetchTinyAsync(PartitionId partition, ExtentId extent, long offset, int bytes, Memory<byte> destination) =>
        FetchRunsAsync(RunStream.Tiny, partition, extent, offset, bytes, destination);

    /// <summary>Fetches a range of an extent with its holes.</summary>
    /// <param name="bytes">On the grid of the stream, at most <see cref="RangeBytes"/>.</param>
    /// <param name="destination">Room for <see cref="RangeBytes"/> and one run more; data of all runs, one behind the other.</param>
    /// <returns>What lies at <paramref name="offset"/> and behind, without a gap; the last run may reach beyond the range.</returns>
    /// <exception cref="RepairFailureException">Some of it did not come as it should; what came is void.</exception>
    public async Task<List<TinyRun>> FetchRunsAsync(RunStream stream, PartitionId partition, ExtentId extent, long offset, int bytes, Memory<byte> destination)
    {
        Invariant.Check(bytes is > 0 and <= RangeBytes);
        var request = Request(stream.ExtentType, stream.Asks, partition, extent, offset, (uint)bytes);
        var runs = new List<TinyRun>();
        Begin(_parts.Settings.Range);
        try
        {
            StartFrame(_parts.Settings.Packet);
            await SendAsync(request, default).ConfigureAwait(false);
            _spent = stream.EndsLine;
            long received = 0, promised = 0;
            var filled = 0;
            do
            {
                StartFrame(_parts.Settings.Packet);
                var reply = await ReceiveHeaderAsync(request).ConfigureAwait(false);
                var room = Math.Min(destination.Length - filled, DataPlane.BlockBytes);
                await AdmitAsync(Data(request, stream.Answers, stream.AlsoAnswers, offset + received, new AnswerBytes(0, room), TinyRepairArg.Bytes), reply).ConfigureAwait(false);
                await FillAsync(_arg).ConfigureAwait(false);
                if (WhyNot(stream, reply, bytes, received, promised, out var about) is { } why) throw Violation(request, ReplyDoubts.Argument, why, Convert.ToHexStringLower(_arg));
                promised = (long)about.StreamBytes;
                await TakeDataAsync(request, reply, destination.Slice(filled, (int)reply.Size)).ConfigureAwait(false); // of a hole there is none, with the CRC of none
                runs.Add(new TinyRun(offset + received, about.IsHole ? (long)about.HoleBytes : reply.Size, about.IsHole, about.IsHole ? 0 : filled, reply.Crc));
                received += runs[^1].Bytes;
                filled += (int)reply.Size;
            }
            while (received < promised);

            if (!stream.EndsLine) EndAnswer(request);
            return runs;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
            if (_spent) Dispose();
        }
    }

    /// <summary>Asks for delete records from an offset on; <see cref="NextRecordsAsync"/> takes them. The line is not used for anything after.</summary>
    public async Task<PacketHeader> AskRecordsAsync(PartitionId partition, long offset)
    {
        var request = Request(ExtentTypes.Tiny, Opcode.ReadTinyDeleteRecord, partition, default, offset, 0);
        _recordsLeft = _parts.Settings.Range;
        Begin(_recordsLeft);
        try
        {
            StartFrame(_parts.Settings.Packet);
            await SendAsync(request, default).ConfigureAwait(false);
            _spent = true;
            return request;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
            _recordsLeft = Left();
        }
    }

    /// <summary>The next packet of delete records: whole records, at least one.</summary>
    /// <param name="offset">In the other replica's log, where this packet has to begin.</param>
    /// <returns>Bytes at the front of <paramref name="destination"/>.</returns>
    /// <remarks>The time that the caller takes in between does not count, that of all packets together does.</remarks>
    public async Task<int> NextRecordsAsync(PacketHeader request, long offset, Memory<byte> destination)
    {
        Begin(_recordsLeft);
        try
        {
            StartFrame(DataPlane.ReplyDeadline);
            var reply = await ReceiveHeaderAsync(request).ConfigureAwait(false);
            var records = new AnswerBytes(TinyDeleteRecord.Bytes, destination.Length, TinyDeleteRecord.Bytes);
            await AdmitAsync(Data(request, Opcode.TinyDeleteRecordReply, Opcode.TinyDeleteRecordReply, offset, records, 0), reply).ConfigureAwait(false);
            await TakeDataAsync(request, reply, destination[..(int)reply.Size]).ConfigureAwait(false);
            return (int)reply.Size;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
            _recordsLeft = Left();
        }
    }

    /// <summary>The Arg of the packet of a run; null if it makes sense behind what has come so far.</summary>
    private string? WhyNot(RunStream stream, in PacketHeader reply, int bytes, long received, long promised, out TinyRepairArg about)
    {
        if (!TinyRepairArg.TryRead(_arg, out about)) return "an Arg of data or of a hole";
        if (about.StreamBytes == 0 || about.StreamBytes > (ulong)bytes) return $"a stream of 1 to {bytes} bytes";
        if (promised > 0 && about.StreamBytes != (ulong)promised) return $"a stream of {promised} bytes, as before";
        if (received % stream.GridBytes != 0) return "nothing behind a run that ended within a page";
        if (!about.IsHole) return reply.Size > 0 ? null : "a run of data with data";
        if (reply.Size > 0) return $"a hole without data, not with {reply.Size} bytes";
        return about.HoleBytes > 0 && about.HoleBytes % (ulong)stream.GridBytes == 0 ? null : $"a hole of a multiple of {stream.GridBytes} bytes";
    }

    private async ValueTask TakeDataAsync(PacketHeader request, PacketHeader reply, Memory<byte> destination)
    {
        await FillAsync(destination).ConfigureAwait(false);
        var crc = Crc32.Compute(destination.Span);
        if (crc != reply.Crc) throw Violation(request, ReplyDoubts.Crc, $"data with CRC {reply.Crc:x8}", $"data with CRC {crc:x8} in {ReplyMismatch.Describe(reply)}");
    }

    private static ExpectedReply Data(in PacketHeader request, Opcode opcode, Opcode also, long offset, AnswerBytes data, uint argBytes) =>
        new(request, opcode, also, offset, data, argBytes, EchoesCrc: false);

    private static PacketHeader Request(byte extentType, Opcode opcode, PartitionId partition, ExtentId extent, long offset, uint bytes) =>
        new(extentType, opcode, ResultCode.None, RemainingFollowers.None, 0, bytes, 0, partition, extent, offset, RequestIds.Next(), 0);
}

/// <summary>A kind of repair read that is answered with runs of data and holes.</summary>
/// <param name="Answers">Opcode of its packets.</param>
/// <param name="AlsoAnswers">Another one, of other versions.</param>
/// <param name="GridBytes">Runs and holes begin on it.</param>
/// <param name="EndsLine">Nothing is asked on the line behind it.</param>
internal sealed record RunStream(byte ExtentType, Opcode Asks, Opcode Answers, Opcode AlsoAnswers, int GridBytes, bool EndsLine)
{
    public static readonly RunStream Tiny = new(
        ExtentTypes.Tiny, Opcode.TinyExtentRepairRead, Opcode.TinyExtentRepairRead, Opcode.TinyExtentRepairRead, DataPlane.SlotBytes, EndsLine: false);

    /// <summary>An extent with data of snapshots. A source of CubeFS sends one packet more behind the stream, which nobody may take for an answer.</summary>
    /// <remarks>This node repairs no such extents of its own (<see cref="NormalList.Unfit"/>). Source: storage-and-repair 4.7, 4.14(9).</remarks>
    public static readonly RunStream Snapshot = new(
        ExtentTypes.Tiny, Opcode.SnapshotExtentRepairRead, Opcode.SnapshotExtentRepairReply, Opcode.SnapshotExtentRepairRead, 1, EndsLine: true);
}

/// <summary>A run of a tiny extent as another replica has it.</summary>
/// <param name="Offset">In the extent.</param>
/// <param name="Bytes">Length; of data the exact one, of holes whole pages.</param>
/// <param name="DataStart">Where its data stands in the buffer.</param>
internal readonly record struct TinyRun(long Offset, long Bytes, bool IsHole, int DataStart, uint Crc);
