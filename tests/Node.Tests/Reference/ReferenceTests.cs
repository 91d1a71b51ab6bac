using System.Net;

namespace CubeActors.Node.Tests;

/// <summary>docs/reference says what the code says. UPDATE_DOCS=1 writes the pages anew instead of comparing: build/reference does that for all programs.</summary>
public sealed class ReferenceTests
{
    private const string Variable = "UPDATE_DOCS";

    private static readonly Dictionary<string, Func<string>> Pages = new()
    {
        ["datanode-json.md"] = DataNodeJsonPage.Write,
        ["tunables.md"] = TunablesPage.Write,
        ["metrics.md"] = MetricsReferencePage.Write,
        ["commands.md"] = CommandsPage.Write,
    };

    public static TheoryData<string> Names => [.. Pages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_of_the_reference_is_the_one_that_the_code_makes(string name)
    {
        var (path, made) = (Path.Combine(SourceTree.Root, "docs", "reference", name), Pages[name]());
        if (Environment.GetEnvironmentVariable(Variable) == "1") File.WriteAllText(path, made);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == made, $"docs/reference/{name} is not what the code says any more; build/reference writes it anew, and the difference is reviewed like code");
    }

    [Fact]
    public void A_key_either_has_an_effect_or_says_what_is_done_instead_or_waits_for_its_turn() =>
        Assert.DoesNotContain(DataNodeKeys.All, key => key.Used && key.Instead.Length > 0);

    [Fact]
    public void Every_tunable_has_a_comment_a_reader_and_the_default_that_the_program_has()
    {
        var entries = ReferenceConfText.Parse(SourceTree.Read("hocon/reference.conf")).Where(entry => entry.Value is not null && entry.Path.StartsWith("cubeactors.", StringComparison.Ordinal)).ToList();
        Assert.Equal(HoconFile.Reference.Paths.Where(path => path.StartsWith("cubeactors.", StringComparison.Ordinal)).Order(StringComparer.Ordinal), entries.Select(entry => entry.Path).Order(StringComparer.Ordinal));
        Assert.Empty(entries.Where(entry => entry.Comment.Length == 0).Select(entry => entry.Path));
        Assert.Empty(entries.Select(entry => entry.Path).Except(HeardTunables.Forms.Keys));
        Assert.Empty(HeardTunables.Forms.Keys.Except(entries.Select(entry => entry.Path)));
    }

    /// <summary>Keys whose numbers are text in datanode.json: ports.</summary>
    private static readonly HashSet<string> Quoted = ["listen", "prof", "raftHeartbeat", "raftReplica"];

    public static TheoryData<string> Ranged => [.. DataNodeKeys.All.Where(key => key is { Used: true, Range: not null }).Select(key => key.Name)];

    [Theory]
    [MemberData(nameof(Ranged))]
    public void The_range_that_the_reference_gives_a_key_is_the_one_that_its_reader_has(string name)
    {
        var (least, most) = DataNodeKeys.ByName[name].Range!.Value;
        foreach (var taken in (long[])[least, most])
            if (!IsTaken(name, taken) && !ClashesWithOthers(name, taken)) Assert.Fail($"{name} = {taken} is in its range, and not taken");
        // 0 means the default, and there is no number above the greatest.
        if (least > 1 || least < 0) Assert.False(least - 1 is not 0 && IsTaken(name, least - 1), $"{name} = {least - 1} is below its range, and taken");
        if (most < long.MaxValue) Assert.False(IsTaken(name, most + 1), $"{name} = {most + 1} is above its range, and taken");
    }

    /// <summary>listen and the smux port above it share the ports there are.</summary>
    private static bool ClashesWithOthers(string name, long value) => name is "listen" or "smuxPortShift" && value > IPEndPoint.MaxPort - 17310;

    private static bool IsTaken(string name, long value)
    {
        try
        {
            return !SampleConfig.ReadWith(name, Quoted.Contains(name) ? $"\"{value}\"" : $"{value}").Notes.Any(note => note.Text.Contains($" {name} is ", StringComparison.Ordinal));
        }
        catch (SettingsException)
        {
            return false;
        }
    }
}
