namespace CubeActors.Raft;

/// <summary>The effects of one or several inputs, in order. Reused: it grows to the largest batch and allocates no more.</summary>
public sealed class RaftEffects
{
    private RaftEffect[] _items = new RaftEffect[4]; // most groups are idle
    private int _count;

    /// <summary>Valid until the next input or <see cref="Clear"/>.</summary>
    public ReadOnlySpan<RaftEffect> Items => _items.AsSpan(0, _count);
    public int Count => _count;
    public void Clear() => _count = 0;

    internal void Add(in RaftEffect effect)
    {
        if (_count == _items.Length) Array.Resize(ref _items, _count * 2);
        _items[_count++] = effect;
    }
}
