namespace CubeActors.LoadGen;

/// <summary>
/// A node refused, answered wrongly, or the connection to it failed: the connection is given up and the operation counts as an error.
/// </summary>
/// <param name="message">Short and without ids where possible: equal faults are counted together by this text.</param>
internal sealed class NodeFault(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Another host would not help: the node refused for a reason of its own, or answered wrongly.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Nothing is wrong: the raft leader is another host now, and the operation is to be asked of that one.</summary>
    public bool IsElsewhere { get; init; }
}
