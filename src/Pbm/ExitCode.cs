namespace CubeActors.Pbm;

/// <summary>What the process ends with. Documented in docs/reference/pbm.md; scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The node answered, and said no; or what was asked for does not hold.</summary>
    public const int Refused = 1;

    /// <summary>The command line is wrong; nobody was asked.</summary>
    public const int Usage = 2;

    /// <summary>The node does not answer, or what answers is no node.</summary>
    public const int Unreachable = 3;

    /// <summary>The node answered, and has no such partition, disk, actor or operation.</summary>
    public const int NotFound = 4;

    /// <summary>Ended by Ctrl-C before the answer. Source: 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;

    /// <summary>Each code with what it means, for help and reference.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Success, "done"),
        (Refused, "the node said no, or what was asked for does not hold (`node phase --ready`, `cluster reachability`, `node drain start --wait`); one line on stderr says why"),
        (Usage, "the command line is wrong; nobody was asked"),
        (Unreachable, "the node does not answer, or what answers is no node"),
        (NotFound, "the node has no such partition, disk, actor or operation"),
        (Interrupted, "ended by Ctrl-C before the answer"),
    ];
}

/// <summary>A command did not succeed. The message is one sentence for its user.</summary>
/// <param name="code">One of <see cref="ExitCode"/>.</param>
internal sealed class PbmException(int code, string message, Exception? cause = null) : Exception(message, cause)
{
    public int Code => code;
}
