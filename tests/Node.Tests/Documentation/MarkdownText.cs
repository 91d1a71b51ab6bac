using System.Text;
using System.Text.RegularExpressions;

namespace CubeActors.Node.Tests;

/// <summary>What of a Markdown file other files can point at, and what it points at. Pure.</summary>
internal static partial class MarkdownText
{
    /// <summary>Targets of links and pictures, those of HTML included; what stands in code is no link.</summary>
    public static IReadOnlyList<string> Links(string text)
    {
        var prose = Span().Replace(string.Join('\n', OutsideFences(text)), "");
        return [.. Link().Matches(prose).Concat(Attribute().Matches(prose)).Select(match => match.Groups[1].Value)];
    }

    /// <summary>The names that a link may have behind #, one a heading. Source: GitHub's rules: lower case, spaces to hyphens, everything else but letters, digits, - and _ left out, a number behind repetitions.</summary>
    public static IReadOnlySet<string> Anchors(string text)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in OutsideFences(text))
        {
            if (Heading().Match(line) is not { Success: true } heading) continue;
            var name = Slug(heading.Groups[1].Value);
            for (var (again, candidate) = (0, name); ; candidate = $"{name}-{again}")
            {
                if (anchors.Add(candidate)) break;
                again++;
            }
        }

        return anchors;
    }

    /// <summary>Paths of this repository that prose names in code: `src/...`, `tests/...` and so on.</summary>
    public static IReadOnlyList<string> SourcePaths(string text) =>
        [.. OutsideFences(text).SelectMany(line => Path().Matches(line)).Select(match => match.Groups[1].Value.TrimEnd('/')).Distinct()];

    /// <summary>Names of source files without their folders: `WaitRules.cs`, `Waiting/WaitRules.cs`.</summary>
    public static IReadOnlyList<string> FileNames(string text) =>
        [.. OutsideFences(text).SelectMany(line => File().Matches(line)).Select(match => match.Groups[1].Value).Where(name => !SourceRoots.Any(root => name.StartsWith(root, StringComparison.Ordinal))).Distinct()];

    /// <summary>Identifiers of C# that prose names in code: of `RaftGroup.Turn` both, of `Operations.Excluded(kind, verdict)` the first two.</summary>
    public static IReadOnlyList<string> Identifiers(string text) =>
        [.. OutsideFences(text).SelectMany(line => Code().Matches(line)).SelectMany(match => match.Groups[1].Value.Split('.')).Distinct()];

    /// <summary>Lines that are no code block.</summary>
    private static IEnumerable<string> OutsideFences(string text)
    {
        var isFenced = false;
        foreach (var line in text.Split('\n'))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) isFenced = !isFenced;
            else if (!isFenced) yield return line;
        }
    }

    private static string Slug(string heading)
    {
        var slug = new StringBuilder();
        foreach (var character in LinkText().Replace(heading.Trim(), "$1").ToLowerInvariant())
        {
            if (character == ' ') slug.Append('-');
            else if (char.IsLetterOrDigit(character) || character is '-' or '_') slug.Append(character);
        }

        return slug.ToString();
    }

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("(?:src|srcset|href)=\"([^\"]+)\"")]
    private static partial Regex Attribute();

    [GeneratedRegex("^#{1,6} (.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Span();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    private static readonly string[] SourceRoots = ["src/", "tests/", "bench/"];

    [GeneratedRegex("`([A-Za-z0-9_./-]+\\.cs)`")]
    private static partial Regex File();

    /// <summary>Begins with a capital and has a small letter: no opcode, no file, no key of a setting.</summary>
    [GeneratedRegex("`([A-Z][A-Za-z]*[a-z][A-Za-z]*(?:\\.[A-Z][A-Za-z]+)*)(?:\\([^`]*\\))?`")]
    private static partial Regex Code();

    [GeneratedRegex("`((?:src|tests|bench|hocon|deploy|build|docs|\\.ci)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex Path();
}
