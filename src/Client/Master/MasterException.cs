namespace CubeActors.Client;

/// <summary>How a call to the masters failed.</summary>
public enum MasterFailure
{
    /// <summary>No master answered with something usable; trying again later may help.</summary>
    Unreachable,

    /// <summary>A master answered and said no: see <see cref="MasterException.Code"/>.</summary>
    Refused,

    /// <summary>Every master that answered does not know the path (404): an older one, or not the embedded one.</summary>
    UnknownApi,

    /// <summary>A master answered with something that is no envelope, or whose data is not what was asked for.</summary>
    BadReply,
}

/// <summary>A call to the masters failed. The message says which master, what, and what to do.</summary>
public sealed class MasterException(MasterFailure failure, string message, int code = 0, Exception? cause = null) : IOException(message, cause)
{
    public MasterFailure Failure { get; } = failure;

    /// <summary>The envelope's code if <see cref="Failure"/> is <see cref="MasterFailure.Refused"/>, else 0.</summary>
    public int Code { get; } = code;
}
