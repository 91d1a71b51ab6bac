using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace CubeActors.Pbm;

/// <summary>One run of a command.</summary>
internal sealed class Run<T>(
    GlobalOptions options, PbmContext context, ParseResult parsed, JsonTypeInfo<T> shape, Func<ParseResult, NodeClient, CancellationToken, Task<T>> ask, Action<T, Report, ParseResult> show,
    Func<T, ParseResult, string?>? judge)
{
    private bool IsJson => parsed.GetValue(options.Json);

    public async Task<int> ExecuteAsync(CancellationToken stop)
    {
        using var node = options.Open(parsed, context);
        if (options.WatchPeriod(parsed) is { } period) return await WatchAsync(node, period, stop);
        var answer = await ask(parsed, node, stop);
        Write(answer, isIndented: true);
        if (judge?.Invoke(answer, parsed) is not { } no) return ExitCode.Success;
        await context.Error.WriteLineAsync(no);
        return ExitCode.Refused;
    }

    /// <summary>Until Ctrl-C, which is how one leaves it: no failure. A node that is away for a while is waited for; what it says no to, it says no to again.</summary>
    private async Task<int> WatchAsync(NodeClient node, TimeSpan period, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var (answer, problem) = await TryAskAsync(node, stop);
                if (context.IsWatched && !IsJson)
                {
                    context.Screen.Clear(home: true);
                    context.Screen.MarkupLine($"[grey]{Markup.Escape($"{node.Name}, every {Human.Duration(period)}, {Human.Time(context.Time.GetUtcNow())}; Ctrl-C ends")}[/]");
                }

                if (problem is not null) await context.Error.WriteLineAsync(problem);
                else Write(answer!, isIndented: false);
                await Task.Delay(period, context.Time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
    }

    private async Task<(T? Answer, string? Problem)> TryAskAsync(NodeClient node, CancellationToken stop)
    {
        try
        {
            return (await ask(parsed, node, stop), null);
        }
        catch (PbmException away) when (away.Code == ExitCode.Unreachable)
        {
            return (default, away.Message);
        }
    }

    private void Write(T answer, bool isIndented)
    {
        if (IsJson) context.Out.WriteLine(PbmJson.Write(answer, shape, isIndented));
        else show(answer, new Report(context.Screen, context.Time.GetUtcNow()), parsed);
    }
}
