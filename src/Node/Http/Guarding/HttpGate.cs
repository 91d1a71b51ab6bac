using System.Globalization;
using System.Net;
using CubeActors.Actors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>What every request of the operators' ports passes before its path sees it: who may, then limits. Paths need not ask again.</summary>
internal sealed class HttpGate(HttpSettings settings, HttpCounts counts, TimeProvider time, ILogger log)
{
    /// <summary>Of one address a line so often at the most.</summary>
    private static readonly TimeSpan TellPeriod = TimeSpan.FromMinutes(1);

    /// <summary>When whoever was one too many is to come again: answers take milliseconds, and a second spreads those that come again.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly RequestLimits _limits = new(settings.RequestsMax, settings.HeavyMax, settings.StreamsMax);
    private readonly ConnectionLimits _connections = new(settings.ConnectionsMax, settings.ConnectionsPerAddressMax);
    private readonly SourceReports _refusals = new(time, TellPeriod), _overloads = new(time, TellPeriod), _hangUps = new(time, TellPeriod);

    /// <summary>The path is one of CubeFS that changes something. Metadata of its endpoint.</summary>
    public sealed class LegacyOrder
    {
        public static readonly LegacyOrder Instance = new();
    }

    public ConnectionLimits Connections => _connections;

    /// <summary>A connection was hung up on because of its address.</summary>
    public void HungUp(IPAddress address)
    {
        counts.Count(Overload.Connections);
        var (source, events) = _hangUps.Count(address.ToString());
        if (events > 0) log.Warning("{Events} connections to the operators' port from {Source:l} were closed: too many are open (cubeactors.http.connections-max, connections-per-address-max)", events, source);
    }

    public void Use(IApplicationBuilder application) => application.Use(AnswerAsync);

    private async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (settings.Guard.Refresh() is { } note) log.Write(note.Level, "{Note:l}", note.Text);
        var refusal = settings.Guard.Judge(request, AccessRules.Of(request.Path, request.Method, context.GetEndpoint()?.Metadata.GetMetadata<LegacyOrder>() is not null));
        if (refusal != Refusal.None)
        {
            await RefuseAsync(context, refusal); // which takes nobody's place
            return;
        }

        var weight = RequestWeights.Of(request.Path, out var route);
        if (_limits.Enter(weight, route) is var overload && overload != Overload.None)
        {
            await RefuseAsync(context, overload, route);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            _limits.Leave(weight, route);
        }
    }

    private Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        counts.Count(refusal);
        var (source, events) = _refusals.Count(AddressOf(context));
        // Neither the token nor the query, which may hold anything.
        if (events > 0) log.Warning("{Method:l} {Path:l} from {Source:l} was refused: {Why}; {Events} such requests since the last line about it", context.Request.Method, Shown(context.Request.Path), source, refusal, events);
        if (refusal is Refusal.NoToken or Refusal.WrongToken) context.Response.Headers.WWWAuthenticate = "Bearer realm=\"cubeactors\"";
        return NodeHttp.WriteAsync(context, settings.Guard.Explain(refusal));
    }

    private Task RefuseAsync(HttpContext context, Overload overload, string route)
    {
        counts.Count(overload);
        var (source, events) = _overloads.Count(AddressOf(context));
        if (events > 0) log.Warning("{Path:l} from {Source:l} was refused, too many requests at once ({Why}); {Events} such requests since the last line about it", Shown(route), source, overload, events);
        context.Response.Headers.RetryAfter = RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return NodeHttp.WriteAsync(context, overload == Overload.OfPath
            ? OperatorReply.Failed(StatusCodes.Status429TooManyRequests, $"{settings.HeavyMax} requests for {Shown(route)} are being answered; try again in a moment")
            : OperatorReply.Failed(StatusCodes.Status503ServiceUnavailable, "too many requests are being answered; try again in a moment"));
    }

    private static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    /// <summary>What a stranger sends is repeated, but not all of it.</summary>
    private static string Shown(string? path)
    {
        const int shownMax = 100;
        var cut = path is null ? "" : path.Length <= shownMax ? path : path[..shownMax];
        return cut.Any(char.IsControl) ? new string([.. cut.Select(character => char.IsControl(character) ? '?' : character)]) : cut;
    }
}
