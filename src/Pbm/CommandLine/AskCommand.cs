using System.CommandLine;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Pbm;

/// <summary>A command of a palette: asks a node one thing and shows the answer, as a table, as JSON, once or again and again.</summary>
internal abstract class AskCommand(string name, string summary, IReadOnlyList<string> examples) : Command(name, Describe(summary, examples))
{
    /// <summary>What it does, without the examples.</summary>
    public string Summary => summary;

    /// <summary>Lines to type, from the palette on.</summary>
    public IReadOnlyList<string> Examples => examples;

    /// <summary>What <c>--json</c> prints.</summary>
    public abstract JsonTypeInfo Shape { get; }

    private static string Describe(string summary, IReadOnlyList<string> examples) =>
        $"{summary}{Environment.NewLine}{Environment.NewLine}Examples:{string.Concat(examples.Select(example => $"{Environment.NewLine}  pbm 127.0.0.11:17320 {example}"))}";
}

/// <inheritdoc cref="AskCommand"/>
/// <typeparam name="T">The shape of the answer.</typeparam>
internal sealed class AskCommand<T> : AskCommand
{
    private readonly JsonTypeInfo<T> _shape;

    /// <param name="ask">May ask several times; what it throws is told.</param>
    /// <param name="show">Writes the answer for people.</param>
    /// <param name="judge">Null, or why the exit code is <see cref="ExitCode.Refused"/> although there is an answer.</param>
    public AskCommand(
        GlobalOptions options, PbmContext context, string name, string summary, IReadOnlyList<string> examples, JsonTypeInfo<T> shape, Func<ParseResult, NodeClient, CancellationToken, Task<T>> ask,
        Action<T, Report, ParseResult> show, Func<T, ParseResult, string?>? judge = null)
        : base(name, summary, examples)
    {
        _shape = shape;
        SetAction((parsed, stop) => new Run<T>(options, context, parsed, shape, ask, show, judge).ExecuteAsync(stop));
    }

    public override JsonTypeInfo Shape => _shape;
}
