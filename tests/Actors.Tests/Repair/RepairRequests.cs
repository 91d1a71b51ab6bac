using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Requests and answers of repair as CubeFS data nodes make them.</summary>
internal static class RepairRequests
{
    public static byte[] Normal(ulong partition, ulong extent, long offset, uint size, long request) =>
        Requests.Build(Requests.Plain(ExtentTypes.Normal, Opcode.ExtentRepairRead, partition, extent, offset, request) with { Size = size }, [], []);

    public static byte[] Tiny(ulong partition, ulong extent, long offset, uint size, long request) =>
        Requests.Build(Requests.Plain(ExtentTypes.Tiny, Opcode.TinyExtentRepairRead, partition, extent, offset, request) with { Size = size }, [], []);

    public static byte[] Records(ulong partition, long offset, long request) =>
        Requests.Build(Requests.Plain(ExtentTypes.Tiny, Opcode.ReadTinyDeleteRecord, partition, 0, offset, request), [], []);

    public static byte[] Notify(ulong partition, RepairTask task, long request) => Notify(partition, task.Write(), request);

    public static byte[] Notify(ulong partition, byte[] json, long request) =>
        Requests.Build(Requests.Plain(ExtentTypes.Normal, Opcode.NotifyReplicasToRepair, partition, 0, 0, request) with { Size = (uint)json.Length }, [], json);

    public static byte[] TinyList(ulong partition, long request, params ulong[] ids)
    {
        var json = Encoding.ASCII.GetBytes($"[{string.Join(',', ids)}]");
        return Requests.Build(Requests.Plain(ExtentTypes.Tiny, Opcode.GetAllWatermarks, partition, 0, 0, request) with { Size = (uint)json.Length }, [], json);
    }

    /// <summary>One extent of a task.</summary>
    public static Watermark Listed(ulong extent, long size, string source) => new() { Extent = new ExtentId(extent), Size = (ulong)size, Source = source };

    /// <summary>Read data as a source sends it, packet after packet.</summary>
    public static byte[] Blocks(Packet request, byte[] extent, int blockBytes = 131072)
    {
        var (at, end) = (request.Header.ExtentOffset, request.Header.ExtentOffset + request.Header.Size);
        var packets = new List<byte>();
        for (; at < end; at += blockBytes)
        {
            var block = extent.AsSpan((int)at, (int)Math.Min(blockBytes, end - at)).ToArray();
            packets.AddRange(Block(request, at, block));
        }

        return [.. packets];
    }

    public static byte[] Block(Packet request, long offset, byte[] block) => Requests.Build(
        request.Header with { Result = ResultCode.Ok, ExtentOffset = offset, Size = (uint)block.Length, Crc = Crc32.Compute(block) }, [], block);

    public static byte[] TinyData(Packet request, long offset, byte[] data, ulong total) => TinyPacket(request, offset, data, new TinyRepairArg(false, 0, total));

    public static byte[] TinyHole(Packet request, long offset, ulong bytes, ulong total) => TinyPacket(request, offset, [], new TinyRepairArg(true, bytes, total));

    private static byte[] TinyPacket(Packet request, long offset, byte[] data, TinyRepairArg arg)
    {
        var bytes = new byte[TinyRepairArg.Bytes];
        arg.Write(bytes);
        return Requests.Build(
            request.Header with { Result = ResultCode.Ok, ExtentOffset = offset, Size = (uint)data.Length, Crc = data.Length == 0 ? 0 : Crc32.Compute(data) }, bytes, data);
    }
}
