namespace CubeActors.EndToEnd;

/// <summary>What one writer knows of one block, and so what the block may hold. Pure.</summary>
/// <remarks>
/// The block has one writer, which begins a write when the last one has ended. An end without an acknowledgement, also one that the writer did
/// not live to see, leaves three outcomes: written, never, or later. So a block holds the write acknowledged last or one begun after it. A
/// write begun before it must not come back: in the log of a raft group it stands in front of the acknowledged one, or not at all.
/// </remarks>
internal sealed class BlockHistory
{
    private ulong _begun;
    private bool _isWriting;

    /// <summary>0 while none was: then the block may hold what it held before.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>The writes whose outcome is not known, of those that the block may hold.</summary>
    public ulong Unknown => _begun - Acknowledged;

    /// <returns>The sequence of the write that is about to be sent.</returns>
    public ulong Begin()
    {
        Assert.False(_isWriting, "a block has one writer, and that one writes one after the other");
        _isWriting = true;
        return ++_begun;
    }

    /// <summary>The write begun last is acknowledged.</summary>
    public void Acknowledge()
    {
        Assert.True(_isWriting);
        _isWriting = false;
        Acknowledged = _begun;
    }

    /// <summary>The write begun last has ended without an acknowledgement, for whatever reason: also a refusal may have been written.</summary>
    public void GiveUp()
    {
        Assert.True(_isWriting);
        _isWriting = false;
    }

    /// <returns>What is wrong with the bytes, in words; null if they may be there.</returns>
    /// <param name="original">What the block held before the first write.</param>
    public string? FindFault(ReadOnlySpan<byte> block, BlockPlace place, ReadOnlySpan<byte> original)
    {
        if (block.SequenceEqual(original)) return Acknowledged == 0 ? null : $"holds what was there before all writes, write {Acknowledged} was acknowledged";
        return StampedBlock.Read(block, place, out var sequence) switch
        {
            BlockContent.Mixed => "holds no write as a whole",
            BlockContent.Misplaced => $"holds write {sequence} of another place",
            _ when sequence < Acknowledged => $"holds write {sequence}, write {Acknowledged} was acknowledged",
            _ when sequence == 0 || sequence > _begun => $"holds write {sequence}, which was never sent",
            _ => null,
        };
    }
}
