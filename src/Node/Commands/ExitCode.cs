namespace CubeActors.Node;

/// <summary>What the process ends with. Documented in README.md; scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>What was asked for was tried and did not succeed; one line on stderr says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line, the configuration, or a disk or port it names does not allow a start. Nothing was changed.</summary>
    public const int BadSettings = 2;

    /// <summary>Ended by Ctrl-C or SIGTERM before the work was done. Source: 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
