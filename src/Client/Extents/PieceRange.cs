using CubeActors.Protocol.Objects;

namespace CubeActors.Client;

/// <summary>The part of a range of an object that lies in one of its pieces.</summary>
/// <param name="Skip">Bytes of the piece in front of it.</param>
internal readonly record struct PieceRange(ObjectExtent Piece, long Skip, int Bytes)
{
    /// <summary>Cuts a range at the borders of the pieces, in the order of the object. Pure.</summary>
    /// <param name="pieces">Cover the object.</param>
    public static IEnumerable<PieceRange> Cut(IEnumerable<ObjectExtent> pieces, long offset, int bytes)
    {
        foreach (var piece in pieces)
        {
            var from = Math.Max(offset, piece.FileOffset);
            var to = Math.Min(offset + bytes, piece.FileOffset + piece.Size);
            if (from < to) yield return new PieceRange(piece, from - piece.FileOffset, (int)(to - from));
        }
    }
}
