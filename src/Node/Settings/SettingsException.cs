namespace CubeActors.Node;

/// <summary>The configuration, or what it points to, does not allow a start. The message is one line: key, file, what was found, what is accepted.</summary>
internal sealed class SettingsException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>A value that cannot be used.</summary>
    public static SettingsException BadValue(string key, string file, string found, string accepted) =>
        new($"{file}: {key} is {found}; accepted: {accepted}");

    /// <summary>A needed key that is not there.</summary>
    public static SettingsException Missing(string key, string file, string accepted) =>
        new($"{file}: {key} is missing; accepted: {accepted}");
}
