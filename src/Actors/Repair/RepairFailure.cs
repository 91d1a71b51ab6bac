using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Why another replica did not give what it was asked for.</summary>
internal enum RepairFailureKind
{
    /// <summary>It could not be dialled.</summary>
    Unreachable,

    /// <summary>The connection ended in the middle.</summary>
    Lost,

    /// <summary>The answer did not come in time.</summary>
    Late,

    /// <summary>The answer is to something else, or no answer at all: the connection is not trusted any more.</summary>
    Violation,

    /// <summary>It said no.</summary>
    Refused,
}

/// <summary>Another replica did not give what it was asked for. The connection is closed.</summary>
/// <param name="kind">What to make of it.</param>
/// <param name="code">What it answered; None unless it said no.</param>
internal sealed class RepairFailureException(RepairFailureKind kind, string message, ResultCode code = ResultCode.None, Exception? cause = null) : Exception(message, cause)
{
    public RepairFailureKind Kind => kind;
    public ResultCode Code => code;

    /// <summary>Of a violation: what was wrong.</summary>
    public ReplyDoubts Doubts { get; init; }

    /// <summary>Of a refusal: its words, up to 4 KiB.</summary>
    public string Text { get; init; } = "";
}
