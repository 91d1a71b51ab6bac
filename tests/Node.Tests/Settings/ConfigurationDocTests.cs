using System.Runtime.CompilerServices;
using System.Text;

namespace CubeActors.Node.Tests;

/// <summary>docs/configuration.md says of every key what the program does with it. With UPDATE_DOCS=1 the table is written anew instead of compared.</summary>
public sealed class ConfigurationDocTests
{
    private const string Begin = "<!-- keys: written by ConfigurationDocTests -->\n", End = "<!-- end of keys -->\n";

    [Fact]
    public void The_table_of_keys_in_the_documentation_is_that_of_the_program()
    {
        var path = Path.Combine(Root(), "docs", "configuration.md");
        var text = File.ReadAllText(path);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(begin >= Begin.Length && end >= begin, $"{path} has no place for the keys");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, text[..begin] + Table() + text[end..]);
        else Assert.Equal(Table(), text[begin..end]);
    }

    [Fact]
    public void A_key_either_has_an_effect_or_says_what_is_done_instead_or_waits_for_its_turn() =>
        Assert.DoesNotContain(DataNodeKeys.All, key => key.Used && key.Instead.Length > 0);

    private static string Table()
    {
        var table = new StringBuilder("| Key | Holds | Absent | Meaning | Effect here |\n|---|---|---|---|---|\n");
        foreach (var key in DataNodeKeys.All)
            table.Append($"| `{key.Name}` | {Word(key.Kind)} | {key.Default} | {key.Meaning} | {Effect(key)} |\n");
        table.Append("\nKeys that sample files often have and no data node reads:\n\n| Key | Said at the start |\n|---|---|\n");
        foreach (var (key, why) in DataNodeKeys.Dead.OrderBy(dead => dead.Key, StringComparer.Ordinal)) table.Append($"| `{key}` | {why} |\n");
        return table.ToString();
    }

    private static string Effect(DataNodeKey key) => key.Used ? "yes" : key.Instead.Length > 0 ? $"none: {key.Instead}" : "none";

    private static string Word(KeyKind kind) => kind switch
    {
        KeyKind.Text => "string",
        KeyKind.Flag => "true or false",
        KeyKind.Integer => "whole number",
        KeyKind.Number => "number",
        _ => "list of strings",
    };

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
