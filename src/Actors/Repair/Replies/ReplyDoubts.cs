namespace CubeActors.Actors;

/// <summary>What of an answer is not as its request demands. The answer to something else has several at a time.</summary>
[Flags]
public enum ReplyDoubts
{
    None = 0,
    RequestId = 1 << 0,
    Opcode = 1 << 1,
    Partition = 1 << 2,
    Extent = 1 << 3,
    Offset = 1 << 4,

    /// <summary>Neither a success nor an error.</summary>
    ResultCode = 1 << 5,

    /// <summary>More data than was asked for, less than the answer has to have, or none where some is due.</summary>
    Length = 1 << 6,

    /// <summary>An Arg where there is none, or one that makes no sense.</summary>
    Argument = 1 << 7,

    /// <summary>The data are not those that the header was made for.</summary>
    Crc = 1 << 8,

    /// <summary>Bytes that are no packet, or one with lengths beyond the limits.</summary>
    NoPacket = 1 << 9,

    /// <summary>Bytes behind the answer.</summary>
    Surplus = 1 << 10,

    /// <summary>Data in the right frame that no sound replica sends: a list of foreign extents, for instance.</summary>
    Content = 1 << 11,
}

/// <summary>The names of <see cref="ReplyDoubts"/> for logs and metrics.</summary>
public static class ReplyDoubtNames
{
    private static readonly string[] Names =
        ["request id", "opcode", "partition", "extent", "offset", "result code", "length", "arg", "crc", "no packet", "surplus", "content"];

    /// <summary>One for each, in the order of the bits.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>Where a mismatch is counted: the place of its first doubt in <see cref="All"/>.</summary>
    public static int IndexOf(ReplyDoubts doubts) => System.Numerics.BitOperations.TrailingZeroCount((int)doubts);

    /// <summary><c>request id, extent</c>.</summary>
    public static string Of(ReplyDoubts doubts) => string.Join(", ", Names.Where((_, bit) => ((int)doubts & (1 << bit)) != 0));
}
