using System.Runtime.CompilerServices;

namespace CubeActors.Node.Tests;

/// <summary>The files under deploy/, as far as tests look into them.</summary>
internal static class DeployFiles
{
    public const string Service = "systemd/cubeactors-datanode.service", Socket = "systemd/cubeactors-datanode.socket",
        Machine = "systemd/cubeactors-datanode.service.d/10-machine.conf", Containerfile = "container/Containerfile", Chart = "helm/cubeactors-datanode/";

    public static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    public static string Text(string name) => File.ReadAllText(Path.Combine(Root(), "deploy", name));

    /// <summary>The sample of the units, read as the program reads it.</summary>
    public static NodeSettings Sample() => NodeSettingsReader.Read(
        DataNodeFile.Parse("deploy/systemd/datanode.json", Text("systemd/datanode.json")), HoconFile.LoadOverlay(Path.Combine(Root(), "deploy", "systemd", "tunables.conf")), () => "");

    /// <summary>A systemd unit: the values of each key by section, in their order. Source: systemd.syntax(7), without continued lines.</summary>
    public static ILookup<string, string> Unit(string name)
    {
        var section = "";
        var entries = new List<(string Key, string Value)>();
        foreach (var line in Text(name).Split('\n').Select(line => line.Trim()))
        {
            if (line.Length == 0 || line[0] is '#' or ';') continue;
            if (line[0] == '[') section = line.Trim('[', ']');
            else if (line.Split('=', 2) is [var key, var value]) entries.Add(($"{section}.{key}", value));
            else Assert.Fail($"{name}: '{line}' is no line of a unit");
        }

        return entries.ToLookup(entry => entry.Key, entry => entry.Value);
    }

    /// <summary>
    /// The scalar leaves of a file in the plain part of YAML that the chart's values keep to: maps indented by two, lists, comments of whole lines and
    /// one kind of block. Lists count as one leaf with the items as its text.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Values(string name)
    {
        var leaves = new Dictionary<string, string>();
        var path = new List<string>();
        int? block = null;
        foreach (var line in Text(name).Split('\n'))
        {
            var text = line.Trim();
            var indent = line.Length - line.TrimStart().Length;
            if (text.Length == 0) continue;
            if (block is { } start && indent > start)
            {
                leaves[string.Join('.', path)] += text + "\n";
                continue;
            }

            block = null;
            if (text[0] == '#') continue;
            Assert.True(indent % 2 == 0, $"{name}: '{line}'");
            if (text.StartsWith("- ", StringComparison.Ordinal) || indent / 2 > path.Count)
            {
                leaves[string.Join('.', path)] = leaves.GetValueOrDefault(string.Join('.', path)) + text + "\n"; // an item, or the rest of one
                continue;
            }

            Assert.True(text.Split(':', 2) is [_, _], $"{name}: '{line}' is no key");
            var (key, value) = (text.Split(':', 2)[0], text.Split(':', 2)[1].Trim());
            path.RemoveRange(indent / 2, path.Count - (indent / 2));
            path.Add(key);
            leaves[string.Join('.', path)] = value is "|" ? "" : value.Trim('"');
            if (value is "|") block = indent;
        }

        // A map is no leaf.
        return leaves.Where(leaf => leaf.Value.Length > 0 || !leaves.Keys.Any(other => other.StartsWith(leaf.Key + ".", StringComparison.Ordinal))).ToDictionary();
    }
}
