namespace CubeActors.Protocol;

/// <summary>What a membership entry does. Source: CubeFS depends/tiglabs/raft/proto, ConfChangeType.</summary>
public enum MembershipAction : byte
{
    Add = 0,
    Remove = 1,
    /// <summary>Replaces the record of a member. CubeFS 3.5 never proposes it.</summary>
    Update = 2,
}

/// <summary>A change by one member: 12 bytes of an entry's data, in front of a context that only the partition understands.</summary>
/// <remarks>
/// The context is the JSON of the task that asked for the change: <see cref="Master.AddRaftMemberRequest"/>,
/// <see cref="Master.RemoveRaftMemberRequest"/> or <see cref="Master.DecommissionDataPartitionRequest"/>; it may be empty.
/// </remarks>
/// <param name="Member">0 changes nothing and still ends the change under way.</param>
public readonly record struct MembershipChange(MembershipAction Action, NodeId Member)
{
    /// <summary>Without the context.</summary>
    public const int Bytes = 1 + RaftPeer.Bytes;

    /// <summary>Reads the data of one membership entry. Never throws, never allocates.</summary>
    /// <param name="context">What follows the 12 bytes: a part of <paramref name="data"/>.</param>
    /// <returns>Malformed (an unknown action), NeedMore below 12 bytes, or Complete.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> data, out MembershipChange change, out ReadOnlySpan<byte> context)
    {
        change = default;
        context = default;
        if (data.Length > 0 && data[0] > (byte)MembershipAction.Update) return DecodeStatus.Malformed;
        if (data.Length < Bytes) return DecodeStatus.NeedMore;
        change = new MembershipChange((MembershipAction)data[0], RaftPeer.Read(data[1..]));
        context = data[Bytes..];
        return DecodeStatus.Complete;
    }

    /// <summary>Writes <see cref="Bytes"/>; the context follows.</summary>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)Action;
        return 1 + RaftPeer.Write(Member, destination[1..]);
    }
}
