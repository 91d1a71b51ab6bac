namespace CubeActors.Node;

/// <summary>Whether a dump has room where it is to be written. Pure.</summary>
internal static class DumpRoom
{
    /// <summary>Stacks, modules and handles. Measured: 24 MiB of a node without partitions.</summary>
    private const long MiniBytes = 128L << 20;

    /// <summary>What a dump has besides the memory in use: images of the program, pages that were never touched. Measured of the same node, 179 MiB resident: heap 299 MiB, full 411 MiB.</summary>
    private const long ImageBytes = 256L << 20;

    /// <summary>Left to whoever else writes there: logs, sockets, other programs.</summary>
    private const long SpareBytes = 512L << 20;

    /// <param name="kind">mini, heap or full.</param>
    /// <param name="residentBytes">Memory of the process.</param>
    /// <returns>Null where there is room, else a sentence.</returns>
    public static string? WhyNot(string kind, long residentBytes, long freeBytes, string directory)
    {
        var needed = (kind == "mini" ? MiniBytes : residentBytes + ImageBytes) + SpareBytes;
        return freeBytes >= needed
            ? null
            : $"{directory} has {Quantity.FormatBytes(freeBytes)} free, and a {kind} dump is written only where {Quantity.FormatBytes(needed)} are; TMPDIR of the node says where that is";
    }
}
