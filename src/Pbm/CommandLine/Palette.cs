using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Pbm;

/// <summary>What palettes are made of.</summary>
internal sealed class Palette(PbmContext context, GlobalOptions options, string name, string summary)
{
    /// <summary>The palette, to which its methods add.</summary>
    public Command Command { get; } = new(name, summary);

    public PbmContext Context => context;

    /// <summary>A command that asks once.</summary>
    public AskCommand<T> Add<T>(
        string command, string what, IReadOnlyList<string> examples, JsonTypeInfo<T> shape, Func<ParseResult, NodeRequest> request, Action<T, Report, ParseResult> show, params IReadOnlyList<Symbol> symbols) =>
        Add(command, what, examples, shape, (parsed, node, stop) => node.AskAsync(request(parsed), shape, stop), show, judge: null, symbols);

    /// <summary>A command that asks several times, or makes something else of the answer.</summary>
    public AskCommand<T> Add<T>(
        string command, string what, IReadOnlyList<string> examples, JsonTypeInfo<T> shape, Func<ParseResult, NodeClient, CancellationToken, Task<T>> ask, Action<T, Report, ParseResult> show,
        Func<T, ParseResult, string?>? judge, params IReadOnlyList<Symbol> symbols)
    {
        var made = new AskCommand<T>(options, context, command, what, examples, shape, ask, show, judge);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) made.Add(argument);
            else made.Add((Option)symbol);
        }

        Command.Add(made);
        return made;
    }

    /// <summary>The id of a partition.</summary>
    public static Argument<ulong> PartitionArgument() => new("partition") { Description = "The id of a data partition.", CustomParser = PartitionId };

    private static ulong PartitionId(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0) return id;
        result.AddError($"\"{text}\" is no id of a partition, which is a number");
        return 0;
    }

    public static string Text(ulong id) => id.ToString(CultureInfo.InvariantCulture);
}
