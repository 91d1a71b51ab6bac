using System.CommandLine;

namespace CubeActors.Pbm;

/// <summary>What may stand at the end of a line: palettes, their commands, words that an argument takes, options. Pure.</summary>
internal static class Completion
{
    /// <summary>Words of the prompt itself.</summary>
    public static IReadOnlyList<string> OwnWords { get; } = ["help", "exit"];

    /// <param name="text">Up to the cursor, from the palette on.</param>
    /// <returns>Whole words, in order; empty if nothing fits.</returns>
    public static IReadOnlyList<string> Of(RootCommand root, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var last = text.EndsWith(' ') || words.Length == 0 ? "" : words[^1];
        Command at = root;
        foreach (var word in last.Length > 0 ? words[..^1] : words)
            if (at.Subcommands.FirstOrDefault(sub => sub.Name == word) is { } next) at = next;
        IEnumerable<string> candidates;
        if (last.StartsWith('-')) candidates = at.Options.Concat(root.Options.Where(option => option.Recursive)).Where(option => !option.Hidden).Select(option => option.Name);
        else if (at.Subcommands.Count > 0) candidates = at.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name).Concat(ReferenceEquals(at, root) ? OwnWords : []);
        else candidates = at.Arguments.SelectMany(argument => argument.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty)).Select(item => item.Label);
        return [.. candidates.Where(word => word.StartsWith(last, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
    }
}
