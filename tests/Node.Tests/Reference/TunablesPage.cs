namespace CubeActors.Node.Tests;

/// <summary>docs/reference/tunables.md: keys, defaults and reasons of hocon/reference.conf, with the bounds that the readers have.</summary>
internal static class TunablesPage
{
    private const string Ours = "cubeactors";

    public static string Write()
    {
        var page = new ReferencePage("Tunables", "`hocon/reference.conf` and the bounds in `src/Node/Settings/TunableReader.cs`")
            .Line("Everything that `--conf file.conf` may change. A file of yours holds only what differs; an unknown key, or a value out of its bounds, ends the start with one line that says what is")
            .Line("accepted. Types: a *duration* is `500 ms`, `5 s`, `2 min` or `168 h`; a *size* is `128 KiB`, `64 MiB` or `5 GiB`; a *switch* is `on` or `off`; an *address* is `http://host:port`. `pbm <node> node config` shows what is in force and")
            .Line("where it comes from. The section `akka` of the file is Akka.NET's.")
            .Line();
        var entries = ReferenceConfText.Parse(SourceTree.Read("hocon/reference.conf")).Where(entry => entry.Path.StartsWith($"{Ours}.", StringComparison.Ordinal)).ToList();
        foreach (var section in entries.Where(entry => entry.Value is null))
        {
            page.Line($"## {section.Path}").Line().Line(section.Comment).Line();
            var keys = entries.Where(entry => entry.Value is not null && Parent(entry.Path) == section.Path).ToList();
            page.Table(["Key", "Type", "Default", "Accepted", "What it is, and why so"], keys.Select(key => Row(section, key)));
        }

        return page.ToString();
    }

    private static IReadOnlyList<string> Row(ConfEntry section, ConfEntry key)
    {
        var form = HeardTunables.Forms.GetValueOrDefault(key.Path);
        return [$"`{key.Path[(section.Path.Length + 1)..]}`", form?.Type ?? "", key.Value!.Length == 0 ? "nothing" : $"`{key.Value}`", form?.Accepted ?? "", key.Comment];
    }

    private static string Parent(string path) => path[..path.LastIndexOf('.')];
}
