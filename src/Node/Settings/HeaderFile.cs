namespace CubeActors.Node;

/// <summary>Headers of requests in a file, one a line as <c>name: value</c>; empty lines and those that begin with # are passed over. A file, because configurations are shown
/// around and secrets must not be.</summary>
internal static class HeaderFile
{
    /// <summary>What an endpoint may ask for: a token, a tenant, a project.</summary>
    private const int LinesMax = 64;

    /// <param name="key">For messages; no message holds a line of the file.</param>
    /// <param name="path">Empty: there are none.</param>
    /// <exception cref="SettingsException">The file cannot be read, or holds something else.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string key, string path)
    {
        if (path.Length == 0) return [];
        try
        {
            return Parse(File.ReadLines(path).Take(LinesMax + 1), number => new SettingsException($"{key}: line {number} of {path} is no header; accepted: name: value, at most {LinesMax} lines"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{key}: {path} cannot be read: {failure.Message}", failure);
        }
    }

    internal static IReadOnlyList<KeyValuePair<string, string>> Parse(IEnumerable<string> lines, Func<int, Exception> refused)
    {
        var headers = new List<KeyValuePair<string, string>>();
        var number = 0;
        foreach (var line in lines)
        {
            if (++number > LinesMax) throw refused(number);
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#') continue;
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !text.AsSpan(0, colon).ToString().All(IsNameCharacter) || text.AsSpan(colon).ToString().Any(char.IsControl)) throw refused(number);
            headers.Add(new(text[..colon], text[(colon + 1)..].Trim()));
        }

        return headers;
    }

    /// <summary>Source: RFC 9110, 5.6.2, token.</summary>
    private static bool IsNameCharacter(char character) => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);
}
