using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What a replica that is being filled asks the one that it is compared with. Each question goes over a connection of its own.</summary>
/// <exception cref="RepairFailureException">Of every question: the other one is not there, late, refuses, or says something else than it was asked.</exception>
internal sealed class RebuildQuestions(RepairSite site, string source, CancellationToken cancel)
{
    private static readonly IReadOnlyList<ExtentId> TinyExtents = [.. Enumerable.Range((int)ExtentId.TinyFirst, (int)ExtentId.TinyLast).Select(id => new ExtentId((ulong)id))];

    /// <summary>How far it has applied the raft log.</summary>
    public async Task<ulong> AppliedAsync() => Number(await AskAsync(Opcode.GetAppliedId, ExtentTypes.Tiny, default, [], NumberBody.TwoBytes).ConfigureAwait(false)).First;

    /// <summary>Its largest extent id and the sum of all sizes.</summary>
    public async Task<(ulong Last, ulong Bytes)> TotalsAsync() =>
        Number(await AskAsync(Opcode.GetMaxExtentIdAndPartitionSize, ExtentTypes.Tiny, default, [], NumberBody.TwoBytes).ConfigureAwait(false));

    /// <summary>The sum of the sizes of its extents up to <paramref name="last"/>, and what it uses on its disk; 0 where it is too old to say.</summary>
    public async Task<(ulong Bytes, ulong Used)> SizesAsync(ExtentId last) =>
        Number(await AskAsync(Opcode.GetPartitionSize, ExtentTypes.Tiny, last, [], NumberBody.TwoBytes).ConfigureAwait(false));

    /// <summary>Its normal extents that are quiet, and its tiny ones.</summary>
    public async Task<IReadOnlyList<Watermark>> ListAsync()
    {
        var bytesMax = (int)PacketLimits.DataBytesMax(Opcode.GetAllWatermarks, isReply: true);
        var normal = List(await AskAsync(Opcode.GetAllWatermarks, ExtentTypes.Normal, default, [], bytesMax).ConfigureAwait(false), Watermarks.ExtentsMax);
        var tiny = List(await AskAsync(Opcode.GetAllWatermarks, ExtentTypes.Tiny, default, WatermarkRequest.WriteTiny(TinyExtents), bytesMax).ConfigureAwait(false), (int)ExtentId.TinyLast);
        return [.. normal, .. tiny];
    }

    private async Task<byte[]> AskAsync(Opcode opcode, byte extentType, ExtentId extent, byte[] data, int bodyBytesMax)
    {
        using var line = await RepairLine.DialAsync(source, site.Services, cancel).ConfigureAwait(false);
        await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
        var request = new PacketHeader { ExtentType = extentType, Opcode = opcode, Partition = site.Partition, Extent = extent };
        return await line.AskAsync(request, data, bodyBytesMax, site.Services.Settings.Packet).ConfigureAwait(false);
    }

    private (ulong First, ulong Second) Number(byte[] body) =>
        NumberBody.TryReadTwo(body, out var first, out var second) ? (first, second) : throw Violation($"a number of {body.Length} bytes");

    private List<Watermark> List(byte[] body, int extentsMax) =>
        Watermarks.TryRead(body, out var extents, extentsMax) ? extents : throw Violation("a list of extents that is none");

    private RepairFailureException Violation(string what) => new(RepairFailureKind.Violation, $"{source} sent {what}");
}
