namespace CubeActors.Pbm.Tests;

/// <summary>The prompt: keys, history, completion, and the lines that it runs.</summary>
public sealed class PromptTests
{
    private readonly History _history = new();

    [Fact]
    public void Keys_move_and_edit()
    {
        var line = Typed("node phse");
        Press(line, ConsoleKey.LeftArrow, ConsoleKey.LeftArrow);
        line.Press(Key('a'));
        Assert.Equal("node phase", line.Text);
        Press(line, ConsoleKey.Home);
        Press(line, ConsoleKey.Delete);
        Assert.Equal(("ode phase", 0), (line.Text, line.Cursor));
        Press(line, ConsoleKey.End, ConsoleKey.Backspace);
        Assert.Equal("ode phas", line.Text);
        line.Press(Control(ConsoleKey.W));
        Assert.Equal("ode ", line.Text);
        line.Press(Control(ConsoleKey.U));
        Assert.Equal("", line.Text);
    }

    [Fact]
    public void Keys_at_the_ends_do_nothing_beyond_them()
    {
        var line = Typed("");
        Press(line, ConsoleKey.Backspace, ConsoleKey.Delete, ConsoleKey.LeftArrow, ConsoleKey.RightArrow, ConsoleKey.UpArrow, ConsoleKey.DownArrow);
        Assert.Equal(("", 0), (line.Text, line.Cursor));
    }

    [Fact]
    public void Up_and_down_go_through_what_was_entered_and_back_to_what_was_typed()
    {
        Assert.Equal(LineStep.Entered, Typed("first").Press(Key(ConsoleKey.Enter)));
        Typed("second").Press(Key(ConsoleKey.Enter));
        Typed("second").Press(Key(ConsoleKey.Enter)); // kept once
        var line = Typed("thi");
        Press(line, ConsoleKey.UpArrow);
        Assert.Equal("second", line.Text);
        Press(line, ConsoleKey.UpArrow, ConsoleKey.UpArrow);
        Assert.Equal("first", line.Text);
        Press(line, ConsoleKey.DownArrow, ConsoleKey.DownArrow);
        Assert.Equal("thi", line.Text);
    }

    [Fact]
    public void Ctrl_C_leaves_and_Ctrl_D_leaves_an_empty_line()
    {
        Assert.Equal(LineStep.Left, Typed("node").Press(Control(ConsoleKey.C)));
        Assert.Equal(LineStep.Left, Typed("").Press(Control(ConsoleKey.D)));
        Assert.Equal(LineStep.Going, Typed("node").Press(Control(ConsoleKey.D)));
    }

    [Fact]
    public void Tab_completes_what_is_certain_and_lists_what_is_not()
    {
        var line = Typed("pa");
        Assert.Equal(LineStep.Going, line.Press(Key(ConsoleKey.Tab)));
        Assert.Equal("partition ", line.Text);
        Assert.Equal(LineStep.List, line.Press(Key(ConsoleKey.Tab)));
        Assert.Equal(["extents", "gate", "list", "parked", "show"], line.Candidates);
        Type(line, "p");
        line.Press(Key(ConsoleKey.Tab));
        Assert.Equal("partition parked ", line.Text);
    }

    [Theory]
    [InlineData("", "actor cluster disk exit help log node operation partition raft repair")]
    [InlineData("re", "repair")]
    [InlineData("raft ", "list show transfer")]
    [InlineData("raft list --l", "--leaderless --led")]
    [InlineData("node drain ", "cancel start status")]
    [InlineData("log level w", "warn")]
    [InlineData("disk io --j", "--json")]
    [InlineData("docs", "")]
    [InlineData("nothing like this", "")]
    public void Completion_knows_palettes_commands_words_and_options(string text, string words) =>
        Assert.Equal(words, string.Join(' ', Completion.Of(Root(), text)));

    [Fact]
    public async Task Lines_are_run_one_after_the_other_and_the_first_failure_is_the_exit_code()
    {
        var node = new CannedNode().Answers("GET /cubeactors/log/level", """{"level":"info"}""").Refuses("GET /cubeactors/raft/7", 404, "there is no partition 7 on this node");
        var run = new PbmRun(node) { Lines = new ReaderLines(new StringReader($"# a comment\n\nlog level\nraft show 7\npbm {PbmRun.Node} log level\nraft\nexit\nlog level\n")), Token = "a token" };
        Assert.Equal(ExitCode.NotFound, await run.RunRawAsync(PbmRun.Node, "--json"));
        Assert.Equal(["GET /cubeactors/log/level", "GET /cubeactors/raft/7", "GET /cubeactors/log/level"], node.Asked);
        Assert.Equal("{\n  \"level\": \"info\"\n}\n{\n  \"level\": \"info\"\n}\n", run.Out);
        Assert.Equal("there is no partition 7 on this node\nraft needs a command: list, show, transfer\nTry: pbm raft --help\n", run.Error);
    }

    [Fact]
    public async Task Help_at_the_prompt_shows_what_there_is()
    {
        var run = new PbmRun(new CannedNode()) { Lines = new ReaderLines(new StringReader("help raft show\n")) };
        Assert.Equal(ExitCode.Success, await run.RunRawAsync(PbmRun.Node));
        Assert.Contains("raft show 7 --watch 1", run.Out, StringComparison.Ordinal);
    }

    private static System.CommandLine.RootCommand Root() => PbmCommandLine.Build(new PbmRun(new CannedNode()).Context(), new GlobalOptions());

    private LineEditor Typed(string text)
    {
        var root = Root();
        var line = new LineEditor(_history, before => Completion.Of(root, before));
        Type(line, text);
        return line;
    }

    private static void Type(LineEditor line, string text)
    {
        foreach (var character in text) line.Press(Key(character));
    }

    private static void Press(LineEditor line, params ConsoleKey[] keys)
    {
        foreach (var key in keys) line.Press(Key(key));
    }

    private static ConsoleKeyInfo Key(char character) => new(character, default, false, false, false);

    private static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, false, false, false);

    private static ConsoleKeyInfo Control(ConsoleKey key) => new('\0', key, false, false, true);
}
