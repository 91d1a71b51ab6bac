using CubeActors.Runtime;

namespace CubeActors.LoadGen;

/// <summary>What one connection has overwritten: of each of its blocks the write that was sent last and the one that was acknowledged last.</summary>
/// <remarks>The blocks of an extent are dealt out among its connections, so that nobody else writes these. One thread.</remarks>
internal sealed class OverwriteLog
{
    private readonly FilledExtent _data;
    private readonly int _blockBytes;
    private readonly int _first;
    private readonly int _step;
    private readonly ulong[] _sent;
    private readonly ulong[] _acknowledged;
    private ulong _sequence;

    /// <param name="first">The first block; <paramref name="step"/> blocks behind each other.</param>
    /// <param name="sequence">Where the numbers of its writes begin; those of an earlier job are lower.</param>
    public OverwriteLog(FilledExtent data, int blockBytes, int first, int step, ulong sequence)
    {
        (_data, _blockBytes, _first, _step, _sequence) = (data, blockBytes, first, step, sequence);
        var blocks = data.Bytes / blockBytes;
        if (blocks <= first) throw new UsageFault($"An extent of {blocks} blocks is too small for {step} connections: give more of --extent-size or --files.");
        var own = checked((int)((blocks - first + step - 1) / step));
        (_sent, _acknowledged) = (new ulong[own], new ulong[own]);
    }

    public FilledExtent Data => _data;

    /// <summary>Its blocks; an index is below it.</summary>
    public int Count => _sent.Length;

    public long OffsetOf(int index) => (_first + ((long)index * _step)) * _blockBytes;

    /// <summary>Notes that a write of this block is about to be sent.</summary>
    public ulong Begin(int index) => _sent[index] = ++_sequence;

    /// <summary>The write begun last on this block was acknowledged.</summary>
    public void Acknowledge(int index)
    {
        Invariant.Check(_sent[index] > _acknowledged[index]);
        _acknowledged[index] = _sent[index];
    }

    /// <summary>The blocks of which a write was acknowledged.</summary>
    public IEnumerable<int> Written => Enumerable.Range(0, Count).Where(index => _acknowledged[index] > 0);

    /// <returns>True if the bytes are the write that was acknowledged last, or one sent later whose outcome is not known.</returns>
    public bool Matches(int index, ReadOnlySpan<byte> block) =>
        PageStamps.MatchWhole(block, _data.Created.Extent, OffsetOf(index), _acknowledged[index])
        || (_sent[index] != _acknowledged[index] && PageStamps.MatchWhole(block, _data.Created.Extent, OffsetOf(index), _sent[index]));
}
