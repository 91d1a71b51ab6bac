using System.Collections;
using System.CommandLine;
using System.ComponentModel;
using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Pbm.Tests;

/// <summary>docs/reference/pbm.md, made of the tree of commands and of the shapes of <c>--json</c>, so that it cannot say anything else than the program does. Pure.</summary>
internal static class ReferenceText
{
    private const string Introduction =
        """
        # pbm

        <!-- Made from the commands in `src/Pbm/Palettes` by build/reference; a test compares. -->

        `pbm` looks into a running CubeActors data node and gives it orders, over the node's `prof` port. It knows nothing of a node but its HTTP API, and is installed by itself:

        ```
        dotnet pack -c Release src/Pbm -o packages
        dotnet tool install --global CubeActors.Pbm --add-source packages
        pbm 127.0.0.11:17320 node phase
        ```

        `pbm <host:port> <palette> <command> [options]` asks one thing. Without a palette there is a prompt: Tab shows what may follow, the arrow keys go through what was entered, Ctrl-C
        ends a command that goes on, and at the prompt Ctrl-C, Ctrl-D or `exit` leave. Lines from a pipe are run one after the other, and the exit code is that of the first that failed.

        Paths that only look ask nobody who they are. Orders (`node drain start`, `raft transfer`, `log level debug`, `operation cancel`, `node trace`, `node dump`) are taken from the node's own machine; where
        `cubeactors.http.token-file` names a token, from everybody who sends it with `--token-file`, `--token` or in `CUBEACTORS_TOKEN`, and from nobody else. Over TLS: `pbm https://10.0.0.11:17321 --ca ca.pem --token-file token node phase`. See [security.md](../security.md).

        What a node does not know is not shown: a field of the JSON that has no value is left out, and so is the line of a table.
        """;

    public static string Of(RootCommand root)
    {
        var text = new StringBuilder(Introduction).Append("\n\n## Options of all commands\n\n| Option | Does |\n|---|---|\n");
        foreach (var option in root.Options.Where(option => option.Recursive && !option.Hidden && option.Name is not ("--help" or "--version"))) Row(text, option);
        text.Append("| `--help` | what a palette or a command does, with examples |\n\n## Exit codes\n\n| Code | Means |\n|---|---|\n");
        foreach (var (code, meaning) in ExitCode.All) text.Append($"| {code} | {meaning} |\n");
        text.Append("\n## Palettes\n\n| Palette | Shows |\n|---|---|\n");
        var palettes = root.Subcommands.Where(palette => !palette.Hidden).ToList();
        foreach (var palette in palettes) text.Append($"| [{palette.Name}](#{palette.Name}) | {palette.Description} |\n");
        foreach (var palette in palettes)
        {
            text.Append($"\n## {palette.Name}\n\n{palette.Description}\n");
            foreach (var command in palette.Subcommands.OfType<AskCommand>().Where(command => !command.Hidden)) Describe(text, palette.Name, command);
        }

        text.Append("\n## Shapes of --json\n\nNames are only ever added. `?` marks what is left out where it is not known. Times are RFC 3339, sizes bytes.\n");
        foreach (var shape in Shapes(palettes)) Describe(text, shape);
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Describe(StringBuilder text, string palette, AskCommand command)
    {
        text.Append($"\n### {palette} {command.Name}\n\n{command.Summary}\n\n```\n");
        foreach (var example in command.Examples) text.Append($"pbm 127.0.0.11:17320 {example}\n");
        text.Append("```\n");
        if (command.Arguments.Count + command.Options.Count(option => !option.Hidden) > 0)
        {
            text.Append("\n| Argument or option | Is |\n|---|---|\n");
            foreach (var argument in command.Arguments) text.Append($"| `<{argument.Name}>`{(argument.Arity.MinimumNumberOfValues == 0 || argument.HasDefaultValue ? " (may be left out)" : "")} | {argument.Description} |\n");
            foreach (var option in command.Options.Where(option => !option.Hidden)) Row(text, option);
        }

        text.Append($"\n`--json`: [{NameOf(command.Shape.Type)}](#{Anchor(command.Shape.Type)})\n");
    }

    private static void Row(StringBuilder text, Option option) =>
        text.Append($"| `{option.Name}{(option.ValueType == typeof(bool) ? "" : option.Arity.MinimumNumberOfValues == 0 ? $" [{option.HelpName}]" : $" {option.HelpName}")}` | {option.Description} |\n");

    /// <summary>All shapes that commands print, and those inside them, in the order in which they are met.</summary>
    private static IEnumerable<JsonTypeInfo> Shapes(IEnumerable<Command> palettes)
    {
        var seen = new HashSet<Type>();
        var waiting = new Queue<JsonTypeInfo>(palettes.SelectMany(palette => palette.Subcommands.OfType<AskCommand>()).Select(command => command.Shape));
        while (waiting.TryDequeue(out var shape))
        {
            if (!seen.Add(shape.Type)) continue;
            yield return shape;
            foreach (var property in shape.Properties)
                if (Inner(property.PropertyType) is var inner && IsShape(inner)) waiting.Enqueue(PbmJson.Default.GetTypeInfo(inner)!);
        }
    }

    private static void Describe(StringBuilder text, JsonTypeInfo shape)
    {
        text.Append($"\n### Shape {NameOf(shape.Type)}\n\n| Field | Type | Is |\n|---|---|---|\n");
        foreach (var property in shape.Properties)
        {
            var about = property.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false).OfType<DescriptionAttribute>().FirstOrDefault()?.Description ?? "";
            var isOptional = property.IsGetNullable;
            text.Append($"| `{property.Name}`{(isOptional ? "?" : "")} | {TypeOf(property.PropertyType)} | {about} |\n");
        }
    }

    private static string TypeOf(Type type)
    {
        var inner = Inner(type);
        var word = IsShape(inner) ? $"[{NameOf(inner)}](#{Anchor(inner)})"
            : inner == typeof(string) ? "text"
            : inner == typeof(bool) ? "true or false"
            : inner == typeof(DateTimeOffset) ? "time"
            : "number";
        return IsDictionary(type) ? $"{word} by name" : inner != (Nullable.GetUnderlyingType(type) ?? type) ? $"list of {word}" : word;
    }

    private static bool IsShape(Type type) => type.Namespace == typeof(NodeShape).Namespace;

    private static bool IsDictionary(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>);

    /// <summary>What a list or a dictionary holds; the type itself if it is neither.</summary>
    private static Type Inner(Type type) => IsDictionary(type) ? type.GetGenericArguments()[1]
        : type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[0]
        : Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>The type's name without the ending that all have.</summary>
    private static string NameOf(Type type) => type.Name.EndsWith("Shape", StringComparison.Ordinal) ? type.Name[..^5] : type.Name;

    private static string Anchor(Type type) => $"shape-{NameOf(type).ToLowerInvariant()}";
}
