namespace CubeActors.Node;

/// <summary>What became of asking a member.</summary>
internal enum MemberState
{
    /// <summary>It is a data node and answers.</summary>
    Answers,

    /// <summary>Nothing came in time, or nobody listens.</summary>
    Unreachable,

    /// <summary>It wants a token for what it is asked.</summary>
    Refuses,

    /// <summary>Something answers there, and it is no data node.</summary>
    Strange,
}

/// <summary>What a member answered.</summary>
/// <param name="Problem">One sentence; null where it answers.</param>
/// <param name="Node">Null where it is no CubeActors node: those of CubeFS in Go have no such path.</param>
internal sealed record MemberReply(MemberState State, string? Problem, MemberNode? Node, MemberDisks? Disks);
