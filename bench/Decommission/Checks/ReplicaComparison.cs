using System.Globalization;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>The extent files of all replicas of a partition against each other and against what was acknowledged.</summary>
internal sealed class ReplicaComparison(PartitionBook book, Ledger ledger)
{
    /// <summary>A deleted object reads as zeros up to the next page. Source: CubeFS util/unit.go PageSize.</summary>
    private const int PageBytes = 4096;

    private readonly Dictionary<(TrialNode Node, ExtentId Extent), byte[]> _tiny = [];

    /// <returns>Null if they are equal, hold all that was acknowledged, and nothing that was deleted.</returns>
    public string? Look()
    {
        var directories = new List<(TrialNode Node, string Directory)>();
        foreach (var host in book.Hosts)
        {
            if (host.DirectoryOf(book.Id) is not { } directory) return $"{host.Name} has no directory of it";
            directories.Add((host, directory));
        }

        return Deleted(directories) ?? Live(directories) ?? Unknown(directories) ?? Tiny(directories);
    }

    private string? Deleted(IReadOnlyList<(TrialNode Node, string Directory)> directories)
    {
        foreach (var piece in ledger.Normal.Values.Where(piece => piece.Life == Life.Dead))
            foreach (var (node, directory) in directories)
                if (File.Exists(Path.Combine(directory, $"{piece.Extent}"))) return $"extent {piece.Extent} was deleted, and {node.Name} has it ({new FileInfo(Path.Combine(directory, $"{piece.Extent}")).Length} bytes)";
        return null;
    }

    private string? Live(IReadOnlyList<(TrialNode Node, string Directory)> directories)
    {
        foreach (var piece in ledger.Normal.Values.Where(piece => piece.Life == Life.Live))
        {
            long? size = null;
            foreach (var (node, directory) in directories)
            {
                if (Read(directory, piece.Extent) is not { } bytes) return piece.Acknowledged > 0 ? $"{node.Name} lacks extent {piece.Extent} of {piece.Acknowledged} bytes" : $"{node.Name} lacks the empty extent {piece.Extent}";
                if (bytes.Length < piece.Acknowledged) return $"{node.Name} has {bytes.Length} of {piece.Acknowledged} acknowledged bytes of extent {piece.Extent}";
                if (Pattern.FirstDifference(bytes, Pattern.KeyOf(book.Id, piece.Extent, piece.Generation), 0) is >= 0 and var at)
                    return $"{node.Name} has another byte at {at} of extent {piece.Extent} ({bytes.Length} bytes, {piece.Acknowledged} acknowledged)";
                if (size is { } other && other != bytes.Length) return $"extent {piece.Extent} has {other} bytes on {directories[0].Node.Name} and {bytes.Length} on {node.Name}";
                size ??= bytes.Length;
            }
        }

        return null;
    }

    /// <summary>Extents of creates that were not acknowledged: empty, or not there.</summary>
    private string? Unknown(IReadOnlyList<(TrialNode Node, string Directory)> directories)
    {
        foreach (var (node, directory) in directories)
            foreach (var file in new DirectoryInfo(directory).EnumerateFiles())
                if (ulong.TryParse(file.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && new ExtentId(number) is { IsTiny: false } extent && !ledger.Normal.ContainsKey(extent) && file.Length > 0)
                    return $"{node.Name} has {file.Length} bytes of extent {extent}, which was never acknowledged";
        return null;
    }

    private string? Tiny(IReadOnlyList<(TrialNode Node, string Directory)> directories)
    {
        for (var number = ExtentId.TinyFirst; number <= ExtentId.TinyLast; number++)
        {
            var extent = new ExtentId(number);
            byte[]? first = null;
            foreach (var (node, directory) in directories)
            {
                if (Read(directory, extent) is not { } bytes) return $"{node.Name} lacks tiny extent {extent}";
                if (first is not null && !Equal(first, bytes)) return $"tiny extent {extent} differs: {first.Length} bytes on {directories[0].Node.Name}, {bytes.Length} on {node.Name}, equal up to {first.AsSpan().CommonPrefixLength(bytes)}";
                first ??= bytes;
                _tiny[(node, extent)] = bytes;
            }
        }

        foreach (var piece in ledger.Tiny)
            foreach (var (node, _) in directories)
                if (Judge(piece, _tiny[(node, piece.Extent)]) is { } why) return $"{why}, on {node.Name}";
        return null;
    }

    /// <summary>Up to the next page: whether a file ends with its data or with the hole behind it is one to all readers.</summary>
    private static bool Equal(byte[] one, byte[] other) =>
        Aligned(one.Length) == Aligned(other.Length) && one.AsSpan(0, Math.Min(one.Length, other.Length)).SequenceEqual(other.AsSpan(0, Math.Min(one.Length, other.Length)));

    private static long Aligned(long bytes) => (bytes + PageBytes - 1) / PageBytes * PageBytes;

    private static string? Judge(TinyPiece piece, byte[] file)
    {
        var what = $"the object of {piece.Bytes} bytes at {piece.Offset} of tiny extent {piece.Extent}";
        if (piece.Life == Life.Dying) return null;
        var here = file.AsSpan((int)Math.Min(piece.Offset, file.Length));
        here = here[..Math.Min(piece.Bytes, here.Length)];
        if (piece.Life == Life.Dead) return here.ContainsAnyExcept((byte)0) ? $"{what} was deleted, and is there" : null;
        if (here.Length < piece.Bytes) return $"{what} is cut to {here.Length}";
        return Pattern.FirstDifference(here, piece.Key, 0) is >= 0 and var at ? $"{what} has another byte at {at}" : null;
    }

    private static byte[]? Read(string directory, ExtentId extent)
    {
        try
        {
            using var file = new FileStream(Path.Combine(directory, $"{extent}"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or EndOfStreamException)
        {
            return null; // deleted, or the replica is being loaded anew: looked at again
        }
    }
}
