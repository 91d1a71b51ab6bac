using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What a replica that is being filled asks the one that it is compared with. Each question goes over a connection of its own.</summary>
/// <exception cref="RepairFailureException">Of every question: the other one is not there, late, refuses, or says something else than it was asked.</exception>
internal sealed class RebuildQuestions(RepairSite site, string source, CancellationToken cancel)
{
    private static readonly IReadOnlyList<ExtentId> TinyExtents = [.. Enumerable.Range((int)ExtentId.TinyFirst, (int)ExtentId.TinyLast).Select(id => new ExtentId((ulong)id))];

    /// <summary>How far it has applied the raft log.</summary>
    public async Task<ulong> AppliedAsync() => (await NumbersAsync(Opcode.GetAppliedId, default, AnswerBytes.OneNumber).ConfigureAwait(false)).First;

    /// <summary>Its largest extent id and the sum of all sizes.</summary>
    public Task<(ulong Last, ulong Bytes)> TotalsAsync() => NumbersAsync(Opcode.GetMaxExtentIdAndPartitionSize, default, AnswerBytes.TwoNumbers);

    /// <summary>The sum of the sizes of its extents up to <paramref name="last"/>, and what it uses on its disk; 0 where it is too old to say.</summary>
    public Task<(ulong Bytes, ulong Used)> SizesAsync(ExtentId last) => NumbersAsync(Opcode.GetPartitionSize, last, AnswerBytes.OneOrTwoNumbers);

    /// <summary>Its normal extents that are quiet, and its tiny ones.</summary>
    public async Task<IReadOnlyList<Watermark>> ListAsync()
    {
        var normal = await ListAsync(ExtentTypes.Normal, [], Watermarks.ExtentsMax, static extent => extent.Value is > ExtentId.NormalBase and <= ExtentId.NormalLast).ConfigureAwait(false);
        var tiny = await ListAsync(ExtentTypes.Tiny, WatermarkRequest.WriteTiny(TinyExtents), (int)ExtentId.TinyLast, static extent => extent.IsTiny).ConfigureAwait(false);
        return [.. normal, .. tiny];
    }

    private async Task<(ulong First, ulong Second)> NumbersAsync(Opcode opcode, ExtentId extent, AnswerBytes answer)
    {
        using var line = await RepairLine.DialAsync(source, site.Services, cancel).ConfigureAwait(false);
        await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
        var body = await line.AskAsync(Request(opcode, ExtentTypes.Tiny, extent), [], answer, site.Services.Settings.Packet).ConfigureAwait(false);
        NumberBody.TryReadTwo(body, out var first, out var second); // of the length that was asked for
        return (first, second);
    }

    private async Task<List<Watermark>> ListAsync(byte extentType, byte[] data, int extentsMax, Func<ExtentId, bool> isAskedFor)
    {
        using var line = await RepairLine.DialAsync(source, site.Services, cancel).ConfigureAwait(false);
        await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
        var request = Request(Opcode.GetAllWatermarks, extentType, default);
        var bytesMax = (int)PacketLimits.DataBytesMax(Opcode.GetAllWatermarks, isReply: true);
        var body = await line.AskAsync(request, data, AnswerBytes.UpTo(bytesMax), site.Services.Settings.Packet).ConfigureAwait(false);
        if (!Watermarks.TryRead(body, out var extents, extentsMax)) throw line.Distrust(request, "a list of extents", $"{body.Length} bytes that are none");
        var seen = new HashSet<ExtentId>(extents.Count);
        foreach (var extent in extents)
            if (!isAskedFor(extent.Extent) || !seen.Add(extent.Extent)) throw line.Distrust(request, "the extents that were asked for, each once", $"extent {extent.Extent}");
        return extents;
    }

    private PacketHeader Request(Opcode opcode, byte extentType, ExtentId extent) => new() { ExtentType = extentType, Opcode = opcode, Partition = site.Partition, Extent = extent };
}
