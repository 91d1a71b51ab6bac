using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Cuts a tiny extent into the packets of a repair read. Pure.</summary>
internal static class TinyRuns
{
    /// <param name="Bytes">Logical length; above 0.</param>
    internal readonly record struct Run(bool IsHole, long Bytes);

    /// <summary>The packet for what lies at a position on the 4 KiB grid.</summary>
    /// <param name="isHole">What the file system finds there.</param>
    /// <param name="found">How far it goes on; 0 if the file ends here, which is told as a hole.</param>
    /// <param name="wanted">What the reader still lacks, above 0.</param>
    /// <remarks>
    /// Holes begin and end on the grid, whatever the file system's own is, since CubeFS takes no other (ODD-22): a page that holds data
    /// anywhere is data. Data that ends off the grid is the end of the file.
    /// </remarks>
    public static Run Next(bool isHole, long found, long wanted, int dataBytesMax)
    {
        if (!isHole && found > 0)
        {
            var data = Math.Min(AlignUp(found), wanted); // zeros behind the data, up to the grid
            return new Run(false, Math.Min(data, Math.Min(dataBytesMax, DataPlane.BlockBytes)));
        }

        if (found <= 0 || found >= wanted) return new Run(true, Math.Min(AlignUp(wanted), (long)TinyRepairArg.HoleBytesMax));
        var hole = found / DataPlane.SlotBytes * DataPlane.SlotBytes;
        return hole > 0
            ? new Run(true, Math.Min(hole, (long)TinyRepairArg.HoleBytesMax))
            : new Run(false, Math.Min(DataPlane.SlotBytes, wanted)); // data begins within this page
    }

    private static long AlignUp(long bytes) => (bytes + DataPlane.SlotBytes - 1) / DataPlane.SlotBytes * DataPlane.SlotBytes;
}
