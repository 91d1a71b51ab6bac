using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Names one block of one replica.</summary>
internal readonly record struct BlockPlace(PartitionId Partition, ExtentId Extent, int Block);

/// <summary>A block that may be damaged, on its way through as many looks as it takes. One owner at a time.</summary>
/// <param name="IsDirect">A scrubber has found it on the disk; otherwise a reader has, perhaps in the page cache.</param>
internal sealed class Suspect(BlockPlace place, bool IsDirect)
{
    public BlockPlace Place => place;

    public bool IsDirect { get; } = IsDirect;

    /// <summary>Looks so far.</summary>
    public int Tries { get; set; }

    /// <summary>Not before; a <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Due { get; set; }

    /// <summary>What the last look has seen.</summary>
    public BlockPicture? Seen { get; set; }
}

/// <summary>What one look at all copies of a block has seen, to be recognised by the next one.</summary>
/// <param name="Changes">Of the own extent.</param>
/// <param name="Own">CRC of the own bytes.</param>
/// <param name="Bytes">Their number.</param>
/// <param name="Since">The own bytes are those that entries up to this one have left; for as long as they stay.</param>
/// <param name="Peers">Host and CRC of each block that came, in the order of the hosts.</param>
internal sealed record BlockPicture(uint Changes, uint Own, int Bytes, ulong Since, IReadOnlyList<(string Host, uint Crc)> Peers)
{
    public bool HasSameOwn(uint changes, uint own, int bytes) => Changes == changes && Own == own && Bytes == bytes;

    public bool IsSameAs(BlockPicture other) => HasSameOwn(other.Changes, other.Own, other.Bytes) && Peers.SequenceEqual(other.Peers);
}
