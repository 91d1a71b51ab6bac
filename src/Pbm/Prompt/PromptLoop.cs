using System.CommandLine;
using System.CommandLine.Parsing;

namespace CubeActors.Pbm;

/// <summary>The prompt: lines without node and program, each run as a command of its own. Ctrl-C ends a command; at the prompt it leaves, as Ctrl-D and exit do.</summary>
internal sealed class PromptLoop(PbmContext context, ILineSource lines, ParseResult start, GlobalOptions options)
{
    /// <returns>What a typed prompt ends with is no result: 0. Of lines from a pipe the first failure.</returns>
    public async Task<int> RunAsync(string node, CancellationToken stop)
    {
        var root = PbmCommandLine.Build(context, new GlobalOptions());
        var inherited = Inherited();
        if (lines.IsTyped) await context.Out.WriteLineAsync("Tab shows what may follow, help what there is; Ctrl-D leaves.");
        var result = ExitCode.Success;
        while (!stop.IsCancellationRequested && lines.Read($"{node}> ", text => Completion.Of(root, text)) is { } line)
        {
            var words = CommandLineParser.SplitCommandLine(line).ToList();
            if (words.Count == 0 || words[0].StartsWith('#')) continue;
            if (words is ["exit" or "quit"]) break;
            if (words[0] == "pbm") words.RemoveAt(0); // copied from the documentation
            if (words.Count > 0 && words[0] == start.GetValue(options.Node)) words.RemoveAt(0);
            if (words.Count == 0) continue;
            var arguments = words[0] == "help" ? [.. words.Skip(1), "--help"] : (List<string>)[start.GetValue(options.Node)!, .. words, .. inherited];
            var code = await RunAsync(arguments, stop);
            if (result == ExitCode.Success) result = code;
        }

        return lines.IsTyped ? ExitCode.Success : result;
    }

    private async Task<int> RunAsync(List<string> arguments, CancellationToken stop)
    {
        using var command = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var aim = context.Interrupts?.Aim(command);
        return await PbmCommandLine.RunAsync(arguments, context with { Lines = null }, command.Token);
    }

    /// <summary>What was said when the prompt was opened holds for each of its lines.</summary>
    private List<string> Inherited()
    {
        var inherited = new List<string>();
        if (start.GetValue(options.Json)) inherited.Add(options.Json.Name);
        if (start.GetValue(options.Token) is { } token) inherited.AddRange([options.Token.Name, token]);
        if (start.GetValue(options.TokenFile) is { } tokenFile) inherited.AddRange([options.TokenFile.Name, tokenFile]);
        if (start.GetValue(options.Tls)) inherited.Add(options.Tls.Name);
        if (start.GetValue(options.Ca) is { } authority) inherited.AddRange([options.Ca.Name, authority]);
        if (start.GetValue(options.Insecure)) inherited.Add(options.Insecure.Name);
        if (start.GetValue(options.Timeout) is { } seconds) inherited.AddRange([options.Timeout.Name, seconds.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        return inherited;
    }
}
