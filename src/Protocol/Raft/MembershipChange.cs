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
/// <param name="Member">0 changes nothing and still ends the change under way.</param>
public readonly record struct MembershipChange(MembershipAction Action, NodeId Member);
