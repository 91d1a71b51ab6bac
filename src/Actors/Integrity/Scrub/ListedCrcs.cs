using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The extent CRCs that the other replicas of a partition list (0x07), where they list one: what is alike need not be read there.</summary>
/// <remarks>
/// Asked for without a body, which is answered in JSON: the short form has no CRCs. A CRC is listed only while the extent was not written to
/// since it was made. One of a CubeFS node may be wrong (storage-and-repair, ODD-7 and ODD-8): a difference proves nothing, and is looked into.
/// </remarks>
internal sealed class ListedCrcs
{
    private readonly List<(string Host, Dictionary<ulong, (ulong Size, uint Crc)> Extents)> _lists = [];

    /// <summary>Asks the others, one after the other, over a connection of its own each. Who does not answer is left out.</summary>
    public static async Task<ListedCrcs> AskAsync(RepairSite site, IEnumerable<string> others, CancellationToken cancel)
    {
        var lists = new ListedCrcs();
        foreach (var host in others)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                using var line = await RepairLine.DialAsync(host, site.Services, cancel).ConfigureAwait(false);
                await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
                var request = new PacketHeader { ExtentType = ExtentTypes.Normal, Opcode = Opcode.GetAllWatermarks, Partition = site.Partition };
                var body = await line.AskAsync(request, [], NormalList.BytesMax, site.Services.Settings.Packet).ConfigureAwait(false);
                if (Watermarks.TryRead(body, out var extents, NormalList.ExtentsMax)) lists.Add(host, extents);
            }
            catch (RepairFailureException)
            {
                cancel.ThrowIfCancellationRequested(); // otherwise its extents count as not listed, which is always allowed
            }
        }

        return lists;
    }

    public void Add(string host, IEnumerable<Watermark> extents)
    {
        var known = new Dictionary<ulong, (ulong, uint)>();
        foreach (var extent in extents)
            if (extent is { IsDeleted: false, Crc: not 0, SnapshotEnd: 0 or Watermark.NoSnapshot }) known[extent.Extent.Value] = (extent.Size, extent.Crc);
        if (known.Count > 0) _lists.Add((host, known));
    }

    /// <returns>Who lists the same CRC for as many bytes, and who lists another one.</returns>
    public (IReadOnlyList<string> Alike, IReadOnlyList<string> Different) Compare(ExtentId extent, long size, uint crc)
    {
        var (alike, different) = (new List<string>(), new List<string>());
        foreach (var (host, extents) in _lists)
        {
            if (!extents.TryGetValue(extent.Value, out var listed) || listed.Size != (ulong)size) continue;
            if (listed.Crc == crc) alike.Add(host);
            else different.Add(host);
        }

        return (alike, different);
    }
}
