namespace CubeActors.Node;

/// <summary>How much a finding matters.</summary>
internal enum Severity
{
    /// <summary>The start will fail, or data is at risk. The command ends 1.</summary>
    Problem,

    /// <summary>It works, and somebody should look.</summary>
    Warning,

    /// <summary>Worth knowing; nothing has to be done.</summary>
    Note,
}

/// <summary>One thing that was found.</summary>
/// <param name="Check">What was looked at, one word for scripts: config, master, port, disk, meta, log, apply, extents, identity, limits, roster.</param>
/// <param name="Subject">A file, directory, key or address.</param>
/// <param name="Text">What is the matter, without the subject.</param>
/// <param name="Action">What to do; empty where nothing has to be done.</param>
internal sealed record Finding(Severity Severity, string Check, string Subject, string Text, string Action = "")
{
    public static Finding Problem(string check, string subject, string text, string action) => new(Severity.Problem, check, subject, text, action);

    public static Finding Warning(string check, string subject, string text, string action) => new(Severity.Warning, check, subject, text, action);

    public static Finding Note(string check, string subject, string text, string action = "") => new(Severity.Note, check, subject, text, action);
}
