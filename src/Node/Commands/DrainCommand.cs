using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CubeActors.Node;

/// <summary><c>node drain</c>: gives away what a running node leads, or takes that back, over its HTTP port.</summary>
internal static class DrainCommand
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskPeriod = TimeSpan.FromSeconds(1);

    public static Command Build(CommandContext context)
    {
        var config = new Option<string>("--config", "-c") { Description = "The node's datanode.json: it says where the node answers.", HelpName = "datanode.json", Required = true };
        var overlay = new Option<string?>("--conf") { Description = "Its HOCON file with tunables, if it has one.", HelpName = "file.conf" };
        var wait = new Option<bool>("--wait") { Description = "Return when nothing more is expected to be handed over, and fail if groups are still led here." };
        var cancel = new Option<bool>("--cancel") { Description = "Take a drain back: the node may lead again." };
        var command = new Command("drain",
            $"""
            Drains a running node without ending it: the raft groups that it leads are handed over to members that serve, it takes no leadership any more, and /readyz
            answers 503. Everything else goes on. SIGTERM does the same first and then ends the node; this command is for maintenance that should not begin before
            leadership is away. A node that is started anew is not drained.

            It goes to /cubeactors/drain on the prof port, which takes orders from this machine only, or with the token of cubeactors.http.token-file.

            Exit codes: 0 done, 1 groups are still led here or the node refused, 2 the command line or the configuration is wrong, or the node does not answer.

            Examples:
              {CommandLine.Program} node drain --config datanode.json --wait
              {CommandLine.Program} node drain --config datanode.json --cancel
            """)
        {
            config, overlay, wait, cancel,
        };
        command.SetAction((parsed, stop) => RunAsync(
            context, parsed.GetRequiredValue(config), parsed.GetValue(overlay), parsed.GetValue(cancel), parsed.GetValue(wait), stop));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, string config, string? overlay, bool isCancel, bool waits, CancellationToken stop)
    {
        var settings = NodeSettingsReader.Read(config, overlay);
        if (settings.Http is not { } http) throw new SettingsException($"{config}: the node has no prof port, so it cannot be asked");
        using var client = OutboundHttp.Create(context.Network);
        client.Timeout = AnswerLimit;
        var address = http.EndPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : http.EndPoint.Address;
        client.BaseAddress = new Uri($"http://{new IPEndPoint(address, http.EndPoint.Port)}");
        if (http.TokenFile.Length > 0 && OrderGuard.ReadToken(http.TokenFile) is { } token) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var (reply, problem) = await AskAsync(client, isCancel ? HttpMethod.Delete : HttpMethod.Post, stop);
        while (problem is null && waits && !isCancel && reply is { State: not ("drained" or "idle") })
        {
            await Task.Delay(AskPeriod, context.Time, stop);
            (reply, problem) = await AskAsync(client, HttpMethod.Get, stop);
        }

        if (problem is not null)
        {
            await context.Error.WriteLineAsync(problem);
            return ExitCode.Failed;
        }

        await context.Out.WriteLineAsync(Describe(reply!));
        foreach (var group in reply!.Groups.Where(group => group.Step != "HandedOver").Take(GroupsShownMax))
            await context.Out.WriteLineAsync($"  partition {group.Partition}: {group.Why}");
        return waits && !isCancel && reply.GroupsStillLed > 0 ? ExitCode.Failed : ExitCode.Success;
    }

    /// <summary>Lines that are still read; the HTTP path lists all.</summary>
    private const int GroupsShownMax = 20;

    private static string Describe(DrainReply reply) => string.Create(
        CultureInfo.InvariantCulture,
        $"{reply.State}: {reply.GroupsHandedOver} groups handed over, {reply.GroupsStillLed} still led here, {reply.Connections} connections, {reply.InFlight} requests in flight");

    private static async Task<(DrainReply? Reply, string? Problem)> AskAsync(HttpClient client, HttpMethod method, CancellationToken stop)
    {
        try
        {
            using var request = new HttpRequestMessage(method, DrainPaths.Path);
            using var response = await client.SendAsync(request, stop);
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(stop));
            if (!response.IsSuccessStatusCode) return (null, $"the node refused: {body.RootElement.GetProperty("msg").GetString()}");
            return body.RootElement.GetProperty("data").Deserialize(OperatorJson.Default.DrainReply) is { } reply ? (reply, null) : (null, "the node answered nothing");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or KeyNotFoundException || (failure is TaskCanceledException && !stop.IsCancellationRequested))
        {
            throw new SettingsException($"the node at {client.BaseAddress} does not answer as it should: {failure.Message}", failure);
        }
    }
}
