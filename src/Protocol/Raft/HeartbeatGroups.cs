using System.Numerics;

namespace CubeActors.Protocol;

/// <summary>The groups that a heartbeat or its reply lists, read in place: valid as long as the bytes of its frame.</summary>
/// <remarks>
/// Ascending ids, each as its difference from the one before in unsigned LEB128 (seven bits a byte, lowest first, the top bit says that
/// more follow). There is no count: the list ends with the frame. A list that ends within a number makes a Go receiver loop for ever, so
/// what is written here is always whole. Source: CubeFS depends/tiglabs/raft/proto, EncodeHBConext.
/// </remarks>
public readonly ref struct HeartbeatGroups
{
    /// <summary>The longest difference: 64 bits in groups of seven.</summary>
    private const int DifferenceBytesMax = 10;

    private const int BitsPerByte = 7;
    private const byte More = 0x80;

    private readonly ReadOnlySpan<byte> _encoded;

    private HeartbeatGroups(ReadOnlySpan<byte> encoded) => _encoded = encoded;

    public bool IsEmpty => _encoded.IsEmpty;

    public Enumerator GetEnumerator() => new(_encoded);

    /// <summary>Checks a whole list. Never throws, never allocates, looks at each byte once.</summary>
    /// <returns>False for a number that is cut off or has more than 64 bits, and for ids that do not ascend.</returns>
    public static bool TryRead(ReadOnlySpan<byte> encoded, out HeartbeatGroups groups)
    {
        groups = default;
        var rest = encoded;
        var last = 0UL;
        while (!rest.IsEmpty)
        {
            var isFirst = rest.Length == encoded.Length;
            if (!TryTake(ref rest, out var difference)) return false;
            if (difference > ulong.MaxValue - last || (difference == 0 && !isFirst)) return false;
            last += difference;
        }

        groups = new HeartbeatGroups(encoded);
        return true;
    }

    /// <summary>Room that surely suffices for a list of <paramref name="count"/> ids.</summary>
    public static int BytesMax(int count) => checked(count * DifferenceBytesMax);

    /// <summary>The exact length of the list that <see cref="Write"/> writes.</summary>
    /// <param name="ascending">Strictly.</param>
    public static int BytesOf(ReadOnlySpan<PartitionId> ascending)
    {
        var bytes = 0;
        var last = 0UL;
        foreach (var id in ascending)
        {
            bytes += BytesOf(id.Value - last);
            last = id.Value;
        }

        return bytes;
    }

    /// <param name="ascending">Strictly; anything else is the caller's mistake and throws.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<PartitionId> ascending, Span<byte> destination)
    {
        var at = 0;
        var last = 0UL;
        for (var i = 0; i < ascending.Length; i++)
        {
            var id = ascending[i].Value;
            if (i > 0 && id <= last) throw new ArgumentException($"id {id} follows {last}", nameof(ascending));
            var difference = id - last;
            for (; difference >= More; difference >>= BitsPerByte) destination[at++] = (byte)(difference | More);
            destination[at++] = (byte)difference;
            last = id;
        }

        return at;
    }

    private static int BytesOf(ulong difference) => ((63 - BitOperations.LeadingZeroCount(difference | 1)) / BitsPerByte) + 1;

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out ulong difference)
    {
        difference = 0;
        for (var i = 0; i < rest.Length && i < DifferenceBytesMax; i++)
        {
            var next = rest[i];
            if (i == DifferenceBytesMax - 1 && next > 1) return false; // bit 64 and above
            difference |= (ulong)(next & ~More) << (i * BitsPerByte);
            if ((next & More) != 0) continue;
            rest = rest[(i + 1)..];
            return true;
        }

        return false;
    }

    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private ulong _last;

        internal Enumerator(ReadOnlySpan<byte> encoded) => _rest = encoded;

        public PartitionId Current => new(_last);

        public bool MoveNext()
        {
            if (!TryTake(ref _rest, out var difference)) return false; // the list was checked, so this is its end
            _last += difference;
            return true;
        }
    }
}
