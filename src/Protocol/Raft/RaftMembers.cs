namespace CubeActors.Protocol;

/// <summary>The members that a snapshot names, read in place: valid as long as the bytes of its frame.</summary>
public readonly ref struct RaftMembers
{
    private readonly ReadOnlySpan<byte> _encoded;

    /// <param name="encoded">Whole peers of 11 bytes.</param>
    internal RaftMembers(ReadOnlySpan<byte> encoded) => _encoded = encoded;

    public int Count => _encoded.Length / RaftPeer.Bytes;

    public NodeId this[int index] => RaftPeer.Read(_encoded.Slice(index * RaftPeer.Bytes, RaftPeer.Bytes));

    public NodeId[] ToArray()
    {
        var members = new NodeId[Count];
        for (var i = 0; i < members.Length; i++) members[i] = this[i];
        return members;
    }
}
