using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

// The right answers, as nodes of CubeFS give them.
internal sealed partial class HostilePeer
{
    /// <summary>Records that go on behind what was announced, as where deletes come meanwhile.</summary>
    public const int RecordsBehind = 24 * 5;

    private void Write(in PacketHeader request, ReadOnlySpan<byte> data)
    {
        _answer.Clear();
        var reply = request with { Result = ResultCode.Ok, Size = 0, ArgBytes = 0 };
        switch (request.Opcode)
        {
            case Opcode.GetAppliedId:
                _answer.Add(reply, default, PeerTruth.One(PeerTruth.Applied(Tick)), hasCrcOfData: false);
                break;
            case Opcode.GetMaxExtentIdAndPartitionSize:
                _answer.Add(reply, default, PeerTruth.Two(PeerTruth.Totals(Tick)), hasCrcOfData: false);
                break;
            case Opcode.GetPartitionSize:
                _answer.Add(reply, default, PeerTruth.Two(PeerTruth.Sizes(request.Extent, Tick)), hasCrcOfData: false);
                break;
            case Opcode.BroadcastMinAppliedId or Opcode.NotifyReplicasToRepair:
                _answer.Add(reply, default, default, hasCrcOfData: false);
                break;
            case Opcode.GetAllWatermarks:
                _answer.Add(reply, default, List(request, data), hasCrcOfData: false);
                break;
            case Opcode.ExtentRepairRead:
                WriteBlocks(request);
                break;
            case Opcode.ReadTinyDeleteRecord:
                WriteRecords(request);
                break;
            case Opcode.TinyExtentRepairRead:
                WriteRuns(request, ExtentTypes.Tiny, Opcode.TinyExtentRepairRead);
                break;
            case Opcode.SnapshotExtentRepairRead:
                WriteRuns(request, ExtentTypes.Normal, random.Next(2) == 0 ? Opcode.SnapshotExtentRepairReply : Opcode.SnapshotExtentRepairRead);
                _answer.Add(reply, default, default, hasCrcOfData: false); // the packet too many
                break;
            default:
                throw new InvalidOperationException($"a peer was asked 0x{(byte)request.Opcode:x2}");
        }
    }

    private byte[] List(in PacketHeader request, ReadOnlySpan<byte> data)
    {
        var list = request.IsNormalExtent ? PeerTruth.NormalList(Tick) : PeerTruth.TinyList(AskedFor(data), Tick);
        return data is [(byte)'B', ..] ? WatermarkBinary.Write(list) : WatermarkJson.Write(list);
    }

    private static IReadOnlyList<ExtentId> AskedFor(ReadOnlySpan<byte> data)
    {
        Assert.True(WatermarkRequest.TryRead(new PacketHeader { ExtentType = ExtentTypes.Tiny }, data, out var request));
        return request.TinyExtents;
    }

    private void WriteBlocks(in PacketHeader request)
    {
        var block = random.Next(4) switch { 0 => 4096, 1 => 512 * 1024, _ => DataPlane.BlockBytes };
        if (request.Size > 40 * block) block = DataPlane.BlockBytes;
        for (var at = 0; at < request.Size; at += block)
        {
            var offset = request.ExtentOffset + at;
            var content = PeerTruth.Content(request.Partition, request.Extent, offset, (int)Math.Min(block, request.Size - at));
            _answer.Add(request.ToReadData(ExtentTypes.Normal, Opcode.ExtentRepairRead, offset, 0, 0), default, content, hasCrcOfData: true);
        }
    }

    /// <summary>From the offset to where its log ends, which the reader does not know: the request names no length. Kernel offset of a test's request: bytes announced.</summary>
    private void WriteRecords(in PacketHeader request)
    {
        var bytes = RecordsOf(request.ExtentOffset) + RecordsBehind;
        var packet = TinyDeleteRecord.Bytes * random.Next(1, 200);
        for (var at = 0; at < bytes; at += packet)
        {
            var content = PeerTruth.Content(request.Partition, default, request.ExtentOffset + at, Math.Min(packet, bytes - at));
            _answer.Add(request.ToReadData(ExtentTypes.Normal, Opcode.TinyDeleteRecordReply, request.ExtentOffset + at, 0, 0) with { Extent = default }, default, content, hasCrcOfData: true);
        }
    }

    /// <summary>Bytes of records that are announced behind an offset.</summary>
    public static int RecordsOf(long offset) => TinyDeleteRecord.Bytes * (1 + (int)(offset / TinyDeleteRecord.Bytes % 300));

    private void WriteRuns(in PacketHeader request, byte extentType, Opcode opcode)
    {
        Span<byte> arg = stackalloc byte[TinyRepairArg.Bytes];
        var (at, end) = (request.ExtentOffset, request.ExtentOffset + request.Size);
        while (at < end)
        {
            var page = at / PeerTruth.PageBytes;
            var isHole = PeerTruth.IsHole(request.Extent, page);
            while ((page + 1) * PeerTruth.PageBytes < end && PeerTruth.IsHole(request.Extent, page + 1) == isHole && (page + 1) * PeerTruth.PageBytes - at < DataPlane.BlockBytes) page++;
            var runEnd = (page + 1) * PeerTruth.PageBytes;
            if (!isHole && request.Opcode == Opcode.TinyExtentRepairRead) runEnd = Math.Min(runEnd, end); // 0x17 is not clipped
            runEnd = Math.Min(runEnd, at + DataPlane.BlockBytes);
            var bytes = (int)(runEnd - at);
            new TinyRepairArg(isHole, isHole ? (ulong)bytes : 0, request.Size).Write(arg);
            _answer.Add(
                request.ToReadData(extentType, opcode, at, 0, 0), arg, isHole ? default : PeerTruth.Content(request.Partition, request.Extent, at, bytes), hasCrcOfData: true);
            at = runEnd;
        }
    }
}
