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
        Description = "The node's prof port, customary 17320, or https://host:port for its port with TLS. Without a palette behind it: a prompt.",
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

    public Option<string?> TokenFile { get; } = new("--token-file") { Description = "A file whose first line is sent as bearer: no list of processes shows it.", HelpName = "file", Recursive = true };

    public Option<bool> Tls { get; } = new("--tls") { Description = "TLS, as with https:// before host:port (cubeactors.http.tls.port of the node).", Recursive = true };

    public Option<string?> Ca { get; } = new("--ca") { Description = "Who may have signed the node's certificate: a file in PEM. Else whom this machine trusts.", HelpName = "file", Recursive = true };

    public Option<bool> Insecure { get; } = new("--insecure") { Description = "Take whoever answers for the node. For a trial only.", Recursive = true };

    public Option<double?> Timeout { get; } = new("--timeout")
    {
        Description = "Seconds that an answer may take (15).",
        HelpName = "seconds",
        Recursive = true,
        CustomParser = result => Seconds(result, 0.1),
    };

    public IReadOnlyList<Option> All => [Json, Watch, Token, TokenFile, Tls, Ca, Insecure, Timeout];

    /// <exception cref="PbmException">It is not said which node.</exception>
    public NodeClient Open(ParseResult parsed, PbmContext context)
    {
        if (parsed.GetValue(Node) is not { Length: > 0 } text)
            throw new PbmException(ExitCode.Usage, "say which node: pbm <host:port> <palette> <command>, where port is the node's prof port (customary 17320)");
        if (!NodeAddress.TryParse(text, out var address, parsed.GetValue(Tls))) throw new PbmException(ExitCode.Usage, $"\"{text}\" is no host:port");
        var patience = parsed.GetValue(Timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : PatienceDefault;
        var trust = Trust.Of(parsed.GetValue(Ca), parsed.GetValue(Insecure));
        if (trust.IsBlind) context.Error.WriteLine(Trust.BlindWarning);
        return new NodeClient(context.Handler(trust), address, ReadToken(parsed) ?? context.Token, patience, context.Time);
    }

    private string? ReadToken(ParseResult parsed)
    {
        if (parsed.GetValue(TokenFile) is not { } file) return parsed.GetValue(Token);
        if (parsed.GetValue(Token) is not null) throw new PbmException(ExitCode.Usage, "--token and --token-file say the same twice; give one of them");
        try
        {
            return File.ReadLines(file).FirstOrDefault("").Trim() is { Length: > 0 } token ? token : throw new PbmException(ExitCode.Usage, $"--token-file: the first line of {file} is empty");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PbmException(ExitCode.Usage, $"--token-file: {file} cannot be read: {failure.Message}", failure);
        }
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
