namespace CubeActors.Client;

/// <summary>Why a connection to a data node is of no use any more. The table of reactions calls all of them "conn err".</summary>
internal enum ConnectionFailure
{
    /// <summary>Nobody listens there, or the dial took too long.</summary>
    Dial,

    /// <summary>The peer ended it, or it was reset.</summary>
    Lost,

    /// <summary>A packet could not be sent, or its reply did not come, in time.</summary>
    Deadline,

    /// <summary>The peer sent what was not asked for: nothing on this connection can be trusted.</summary>
    Violation,
}

/// <summary>One connection failed and is closed; the operation may go on over another one.</summary>
internal sealed class ConnectionFailedException(ConnectionFailure failure, string address, string what, Exception? cause = null)
    : IOException($"data node {address}: {what}", cause)
{
    public ConnectionFailure Failure { get; } = failure;
}
