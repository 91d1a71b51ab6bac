using System.Text;

namespace CubeActors.Protocol.Objects;

/// <summary>What a well-formed object is; both ends of the object calls check by these.</summary>
public static class ObjectRules
{
    /// <summary>Bytes of an object's name in UTF-8. Source: the key limit of S3, which tools already respect.</summary>
    public const int NameBytesMax = 1024;

    /// <summary>Pieces of one object. At 128 MiB an extent it allows 8 TiB, and bounds the JSON of a commit to about 8 MiB.</summary>
    public const int ExtentsMax = 65536;

    /// <summary>Objects of one listing page; also what a request without a limit gets.</summary>
    public const int PageObjectsMax = 1000;

    /// <summary>An intent that is not renewed for so long is aborted by the master.</summary>
    public static readonly TimeSpan IntentLease = TimeSpan.FromMinutes(10);

    /// <summary>1 to <see cref="NameBytesMax"/> bytes of valid Unicode without control characters.</summary>
    public static bool IsName(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > NameBytesMax) return false;
        for (var i = 0; i < name.Length;)
        {
            // A lone surrogate has no UTF-8 form: it would come back as another name.
            if (!Rune.TryGetRuneAt(name, i, out var rune) || Rune.IsControl(rune)) return false;
            i += rune.Utf16SequenceLength;
        }

        return Encoding.UTF8.GetByteCount(name) <= NameBytesMax;
    }

    /// <summary>64 lower-case hex digits.</summary>
    public static bool IsSha256(string? digest)
    {
        if (digest is not { Length: 64 }) return false;
        foreach (var c in digest)
            if (!char.IsAsciiHexDigitLower(c)) return false;
        return true;
    }

    /// <summary>True if the pieces cover an object from byte 0 without gap or overlap, each of at least one byte.</summary>
    /// <param name="size">Bytes covered; 0 for an empty list, which is an empty object.</param>
    public static bool Cover(IReadOnlyList<ObjectExtent> extents, out long size)
    {
        size = 0;
        if (extents.Count > ExtentsMax) return false;
        foreach (var piece in extents)
        {
            if (piece is null || piece.FileOffset != size || !IsPlace(piece) || piece.Size == 0) return false;
            size += piece.Size;
        }

        return true;
    }

    /// <summary>True if the numbers of one piece can be meant: ids above 0, no negative offset or size, no overflow.</summary>
    public static bool IsPlace(ObjectExtent piece) =>
        piece.PartitionId > 0 && piece.ExtentId > 0 && piece.FileOffset >= 0 && piece.ExtentOffset >= 0 && piece.Size >= 0
        && piece.Size <= uint.MaxValue // an extent key's size is a u32: data-plane 3.7
        && piece.FileOffset <= long.MaxValue - piece.Size && piece.ExtentOffset <= long.MaxValue - piece.Size;
}
