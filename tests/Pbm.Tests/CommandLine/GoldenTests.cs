using System.CommandLine;
using System.Text.Json;

namespace CubeActors.Pbm.Tests;

/// <summary>What every command shows of a known answer, as a table and as JSON. UPDATE_GOLDEN=1 writes the files anew.</summary>
public sealed class GoldenTests
{
    private const string Variable = "UPDATE_GOLDEN";

    public static TheoryData<string> Names => [.. GoldenCases.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_command_shows_its_answer_to_people(string name)
    {
        var (one, run) = Prepare(name);
        Assert.Equal(one.Code, await run.RunAsync(one.Line));
        Assert.Equal(one.Code == ExitCode.Success, run.Error.Length == 0);
        SourceTree.AssertSame(SourceTree.Golden($"{name}.txt"), string.Join('\n', run.Out.Split('\n').Select(line => line.TrimEnd())) + run.Error, Variable);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_command_gives_its_answer_to_scripts(string name)
    {
        var (one, run) = Prepare(name);
        Assert.Equal(one.Code, await run.RunAsync($"{one.Line} --json"));
        using var parsed = JsonDocument.Parse(run.Out);
        SourceTree.AssertSame(SourceTree.Golden($"{name}.json"), run.Out, Variable);
    }

    [Fact]
    public void Every_command_has_a_case()
    {
        var root = PbmCommandLine.Build(new PbmRun(new CannedNode()).Context(), new GlobalOptions());
        var commands = root.Subcommands.SelectMany(palette => palette.Subcommands.Select(command => $"{palette.Name} {command.Name}"));
        // A trace is no answer in JSON; it has tests of its own.
        Assert.Empty(commands.Except(GoldenCases.All.Select(one => string.Join(' ', one.Line.Split(' ')[..2]))).Except(["node trace"]));
    }

    private static (GoldenCase Case, PbmRun Run) Prepare(string name)
    {
        var one = GoldenCases.All.Single(known => known.Name == name);
        var node = new CannedNode();
        foreach (var (request, data) in one.Answers) node.Answers(request, data);
        return (one, new PbmRun(node));
    }
}
