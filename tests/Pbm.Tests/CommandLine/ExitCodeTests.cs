using System.Net;
using System.Net.Sockets;

namespace CubeActors.Pbm.Tests;

/// <summary>What goes wrong, and what a script learns of it.</summary>
public sealed class ExitCodeTests
{
    private readonly CannedNode _node = new();
    private readonly PbmRun _run;

    public ExitCodeTests() => _run = new PbmRun(_node);

    [Fact]
    public async Task A_node_that_refuses_connections_is_unreachable_and_the_port_is_doubted()
    {
        _node.Before = _ => throw new HttpRequestException("sending failed", new SocketException((int)SocketError.ConnectionRefused));
        Assert.Equal(ExitCode.Unreachable, await _run.RunAsync("node phase"));
        Assert.Equal("127.0.0.11:17320 cannot be reached: Connection refused. Does the node run there, and is 17320 its prof port (customary 17320)?\n", _run.Error);
        Assert.Empty(_run.Out);
    }

    [Fact]
    public async Task A_node_that_is_silent_is_unreachable_after_the_time_that_was_given()
    {
        _node.Before = cancel => Task.Delay(Timeout.Infinite, cancel);
        Assert.Equal(ExitCode.Unreachable, await _run.RunAsync("raft list --timeout 7.5"));
        Assert.StartsWith("127.0.0.11:17320 did not answer within 7.5 s;", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("404 page not found\n", HttpStatusCode.NotFound)] // a node of CubeFS
    [InlineData("<html>", HttpStatusCode.OK)]
    [InlineData("[]", HttpStatusCode.OK)]
    [InlineData("""{"code":200,"msg":"","data":{"groups":7}}""", HttpStatusCode.OK)]
    [InlineData("""{"status":"up"}""", HttpStatusCode.OK)]
    public async Task What_answers_and_is_no_node_is_unreachable(string body, HttpStatusCode status)
    {
        _node.With("GET /cubeactors/raft", status, body);
        Assert.Equal(ExitCode.Unreachable, await _run.RunAsync("raft list"));
        Assert.Contains("127.0.0.11:17320", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_node_does_not_have_is_not_found_in_its_own_words()
    {
        _node.Refuses("GET /cubeactors/partitions/77", 404, "there is no partition 77 on this node");
        Assert.Equal(ExitCode.NotFound, await _run.RunAsync("partition show 77"));
        Assert.Equal("there is no partition 77 on this node\n", _run.Error);
    }

    [Fact]
    public async Task What_the_node_says_no_to_is_refused_in_its_own_words()
    {
        _node.Refuses("POST /cubeactors/raft/7/transfer", 409, "no other member is heard");
        Assert.Equal(ExitCode.Refused, await _run.RunAsync("raft transfer 7"));
        Assert.Equal("the node says no: no other member is heard\n", _run.Error);
    }

    [Fact]
    public async Task Where_a_token_is_asked_for_it_is_said_how_to_give_one()
    {
        _node.Refuses("POST /cubeactors/log/level", 401, "this path needs the header Authorization: Bearer <token>");
        Assert.Equal(ExitCode.Refused, await _run.RunAsync("log level debug"));
        Assert.EndsWith("; a token is given with --token-file, --token or in CUBEACTORS_TOKEN\n", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nod phase", "there is no palette \"nod\"; did you mean node? Palettes: node, actor, partition, raft, repair, operation, disk, cluster, log\nTry: pbm --help\n")]
    [InlineData("xyzzy", "there is no palette \"xyzzy\" Palettes: node, actor, partition, raft, repair, operation, disk, cluster, log\nTry: pbm --help\n")]
    [InlineData("raft lst", "there is no command \"lst\" in raft; did you mean list? Commands: list, show, transfer\nTry: pbm raft --help\n")]
    [InlineData("raft", "raft needs a command: list, show, transfer\nTry: pbm raft --help\n")]
    [InlineData("raft list --leadr", "there is no option --leadr; did you mean --led?\nTry: pbm raft list --help\n")]
    [InlineData("partition show seven", "\"seven\" is no id of a partition, which is a number\nTry: pbm partition show --help\n")]
    [InlineData("operation show 7", "\"7\" is no id of an operation\nTry: pbm operation show --help\n")]
    [InlineData("node phase --watch soon", "\"soon\" is no number of seconds from 0.2 on\nTry: pbm node phase --help\n")]
    public async Task What_was_misspelt_is_named_with_what_was_meant_and_nobody_is_asked(string line, string said)
    {
        Assert.Equal(ExitCode.Usage, await _run.RunAsync(line));
        Assert.Equal(said, _run.Error);
        Assert.Empty(_node.Asked);
    }

    [Fact]
    public async Task Without_a_node_it_is_said_how_one_is_named()
    {
        Assert.Equal(ExitCode.Usage, await _run.RunRawAsync("node", "phase"));
        Assert.StartsWith("say which node: pbm <host:port> <palette> <command>", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await _run.RunRawAsync("localhost", "node", "phase"));
        Assert.EndsWith("\"localhost\" is no host:port\n", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_not_ready_is_an_answer_unless_a_script_asks_for_ready()
    {
        _node.Answers("GET /cubeactors/node", GoldenCases.All[0].Answers[0].Data);
        Assert.Equal(ExitCode.Success, await _run.RunAsync("node phase"));
        Assert.Equal(ExitCode.Refused, await _run.RunAsync("node phase --ready"));
        Assert.Equal("the node is Loading: disk /data/disk1 is still being loaded\n", _run.Error);
    }

    [Fact]
    public async Task Ctrl_C_before_the_answer_is_told_from_a_failure()
    {
        _node.Before = async cancel =>
        {
            await _run.Stop.CancelAsync();
            cancel.ThrowIfCancellationRequested();
        };
        Assert.Equal(ExitCode.Interrupted, await _run.RunAsync("node phase"));
    }

    [Theory]
    [InlineData("", "of the environment")]
    [InlineData("--token mine", "mine")]
    public async Task A_token_is_sent_and_that_of_the_command_line_goes_before_that_of_the_environment(string option, string sent)
    {
        var run = new PbmRun(_node) { Token = "of the environment" };
        _node.Answers("GET /cubeactors/log/level", """{"level":"info"}""");
        Assert.Equal(ExitCode.Success, await run.RunAsync($"log level {option}"));
        Assert.Equal(("Bearer", sent), (_node.Authorization!.Scheme, _node.Authorization.Parameter));
    }

    [Fact]
    public async Task Without_a_token_none_is_sent()
    {
        _node.Answers("GET /cubeactors/log/level", """{"level":"info"}""");
        await _run.RunAsync("log level");
        Assert.Null(_node.Authorization);
    }

    [Fact]
    public async Task A_watch_asks_again_outlasts_a_node_that_is_away_and_ends_well_with_Ctrl_C()
    {
        _node.Answers("GET /cubeactors/log/level", """{"level":"info"}""");
        _node.Before = async _ =>
        {
            if (_node.Asked.Count == 2) throw new HttpRequestException("away");
            if (_node.Asked.Count == 4) await _run.Stop.CancelAsync();
        };
        Assert.Equal(ExitCode.Success, await _run.RunAsync("log level --json --watch 1"));
        Assert.Equal("{\"level\":\"info\"}\n{\"level\":\"info\"}\n", _run.Out); // a line each: asked at first, and when it was back
        Assert.StartsWith("127.0.0.11:17320 cannot be reached: away", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_is_written_into_a_file_and_none_is_left_of_one_that_was_refused()
    {
        var directory = Directory.CreateTempSubdirectory("pbm-");
        try
        {
            var file = Path.Combine(directory.FullName, "a.nettrace");
            _node.Refuses("POST /cubeactors/runtime/trace", 409, "a trace or a dump is under way; there is one at a time");
            Assert.Equal(ExitCode.Refused, await _run.RunAsync($"node trace -o {file}"));
            Assert.Empty(directory.GetFiles());

            _node.With("POST /cubeactors/runtime/trace?seconds=3&profile=gc", HttpStatusCode.OK, "Nettrace", "application/octet-stream");
            Assert.Equal(ExitCode.Success, await _run.RunAsync($"node trace --seconds 3 --profile gc -o {file} --json"));
            Assert.Equal("Nettrace", await File.ReadAllTextAsync(file));
            Assert.Contains("\"bytes\": 8", _run.Out, StringComparison.Ordinal);

            Assert.Equal(ExitCode.Refused, await _run.RunAsync($"node trace --seconds 3 --profile gc -o {file}")); // nothing is written over
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--help", "pbm 127.0.0.11:17320 node phase")]
    [InlineData("raft --help", "transfer")]
    [InlineData("actor tree --help", "pbm 127.0.0.11:17320 actor tree --silent")]
    public async Task Help_teaches_with_examples(string line, string example)
    {
        Assert.Equal(ExitCode.Success, await _run.RunRawAsync(line.Split(' ')));
        Assert.Contains(example, _run.Out, StringComparison.Ordinal);
        Assert.Empty(_node.Asked);
    }
}
