using System.Globalization;

namespace CubeActors.Node.Tests;

/// <summary>docs/reference/datanode-json.md, of <see cref="DataNodeKeys"/>.</summary>
internal static class DataNodeJsonPage
{
    public static string Write()
    {
        var page = new ReferencePage("Keys of datanode.json", "`src/Node/Settings/DataNodeKey.cs`")
            .Line("The keys that a CubeFS data node reads, in the order in which one writes them. [configuration.md](../configuration.md) says how values are read, and what a wrong one does;")
            .Line("[tunables.md](tunables.md) has what belongs to this program alone. A number that is 0 means the default; one out of range is a warning and means the default too, but for ports and")
            .Line("`mediaType`, which end the start.")
            .Line();
        page.Table(
            ["Key", "Type", "Unit", "Default", "Range", "What it says", "Effect here"],
            DataNodeKeys.All.Select(IReadOnlyList<string> (key) => [$"`{key.Name}`", Word(key.Kind), key.Unit, key.Default, RangeOf(key), key.Meaning, Effect(key)]));
        page.Line("## Keys without any reader").Line().Line("Sample files often have them. No data node reads them; the start says so.").Line();
        page.Table(["Key", "Said at the start"], DataNodeKeys.Dead.OrderBy(dead => dead.Key, StringComparer.Ordinal).Select(IReadOnlyList<string> (dead) => [$"`{dead.Key}`", dead.Value]));
        return page.ToString();
    }

    private static string RangeOf(DataNodeKey key) => key.Range is not { } range ? "" : $"{Number(range.Least)} to {Number(range.Most)}";

    private static string Number(long value) => value switch
    {
        long.MaxValue => "2^63-1",
        int.MaxValue => "2^31-1",
        int.MinValue => "-2^31",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static string Effect(DataNodeKey key) => key.Used ? "yes" : key.Instead.Length > 0 ? $"none: {key.Instead}" : "none";

    private static string Word(KeyKind kind) => kind switch
    {
        KeyKind.Text => "string",
        KeyKind.Flag => "true or false",
        KeyKind.Integer => "whole number",
        KeyKind.Number => "number",
        _ => "list of strings",
    };
}
