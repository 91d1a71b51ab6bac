using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary>What every command takes.</summary>
internal sealed class GlobalOptions
{
    private static readonly TimeSpan PeriodDefault = TimeSpan.FromSeconds(2), PatienceDefault = TimeSpan.FromSeconds(15);

    /// <summary>Less would be a load on the node.</summary>
    private const double PeriodMin = 0.2;

    private const double SecondsMax = 24 * 3600;

    public Argument<string?> Node { get; } = new("host:port")
    {
        Description = "The node's prof port, customary 17320. Without a palette behind it: a prompt.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "JSON for scripts instead of tables; docs/reference/pbm.md has the shapes.", Recursive = true };

    public Option<double?> Watch { get; } = new("--watch")
    {
        Description = "Ask again every so many seconds (2) until Ctrl-C; with --json each answer is one line.",
        HelpName = "seconds",
        Arity = ArgumentArity.ZeroOrOne,
        Recursive = true,
        CustomParser = result => Seconds(result, PeriodMin),
    };

    public Option<string?> Token { get; } = new("--token") { Description = $"Sent as bearer; else what {PbmContext.TokenVariable} holds.", HelpName = "token", Recursive = true };

    public Option<double?> Timeout { get; } = new("--timeout")
    {
        Description = "Seconds that an answer may take (15).",
        HelpName = "seconds",
        Recursive = true,
        CustomParser = result => Seconds(result, 0.1),
    };

    public IReadOnlyList<Option> All => [Json, Watch, Token, Timeout];

    /// <exception cref="PbmException">It is not said which node.</exception>
    public NodeClient Open(ParseResult parsed, PbmContext context)
    {
        if (parsed.GetValue(Node) is not { Length: > 0 } text)
            throw new PbmException(ExitCode.Usage, "say which node: pbm <host:port> <palette> <command>, where port is the node's prof port (customary 17320)");
        if (!NodeAddress.TryParse(text, out var address)) throw new PbmException(ExitCode.Usage, $"\"{text}\" is no host:port");
        var patience = parsed.GetValue(Timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : PatienceDefault;
        return new NodeClient(context.Handler(), address, parsed.GetValue(Token) ?? context.Token, patience, context.Time);
    }

    /// <returns>Null without <c>--watch</c>.</returns>
    public TimeSpan? WatchPeriod(ParseResult parsed) => parsed.GetResult(Watch) is not { Implicit: false } ? null
        : parsed.GetValue(Watch) is { } seconds ? TimeSpan.FromSeconds(seconds) : PeriodDefault;

    private static double? Seconds(ArgumentResult result, double least)
    {
        if (result.Tokens.Count == 0) return null;
        if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= least && seconds <= SecondsMax) return seconds;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"\"{result.Tokens[0].Value}\" is no number of seconds from {least} on"));
        return null;
    }
}
