using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace CubeActors.ControlPlane;

/// <summary>The master's HTTP paths: each parses, asks the cluster actor, and writes its answer.</summary>
/// <param name="address">Of this master, as <c>ip:port</c>.</param>
internal sealed partial class MasterHttp(MasterOptions options, Func<string> address)
{
    /// <summary>A report has about 600 bytes a partition: room for 100,000.</summary>
    private const long ReportBytesMax = 64L << 20;
    /// <summary>An extent has at most 200 bytes of JSON.</summary>
    private const long ObjectBytesMax = 16L << 20;

    /// <summary>Less than the 30 s after which clients hang up.</summary>
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(20);

    private volatile IActorRef? _cluster;

    /// <summary>From now on requests are served; before, they are answered as CubeFS's master does while it loads.</summary>
    public void Serve(IActorRef cluster) => _cluster = cluster;

    public void Map(WebApplication app)
    {
        MapCluster(app);
        MapVolumes(app);
        MapObjects(app);
        app.MapFallback(http => Envelope.WriteTextAsync(http, StatusCodes.Status404NotFound, "404 page not found\n"));
    }

    private void MapCluster(WebApplication app)
    {
        Get(app, "/admin/getIp", (http, _) => Envelope.WriteAsync(http, new ClusterInfo
        {
            Cluster = options.ClusterName,
            Ip = CallerIp(http),
            DirChildrenNumLimit = 20_000_000, // source: CubeFS proto/fs_proto.go DefaultDirChildrenNumLimit
            FlashReadTimeout = 1000, // as a CubeFS master without flash nodes answers
        }, MasterJson.Default.ClusterInfo));
        Get(app, "/admin/getUpgradeCompatibleSettings", (http, _) =>
            Envelope.WriteAsync(http, new UpgradeCompatibleSettings { DataMediaTypeVaild = true }, MasterJson.Default.UpgradeCompatibleSettings));
        Get(app, "/dataNode/add", (http, query) =>
        {
            var node = new RegisterNode(
                query.Text("addr"), Port(query, "heartbeatPort"), Port(query, "replicaPort"), query.TextOr("zoneName", ""),
                (uint)query.BoundedOr("mediaType", 0, uint.MaxValue));
            return AskAsync(http, query, new Register(node), (NodeId id) => id.Value, MasterJson.Default.UInt64);
        });
        Get(app, "/dataNode/get", (http, query) => AskAsync(http, query, new GetNode(query.Text("addr")), MasterJson.Default.DataNodeInfo));
        Get(app, "/admin/cluster/getAllDataNodes", (http, query) =>
            AskAsync(http, query, new GetNodes(), MasterJson.Default.IReadOnlyListDataNodeEntry));
        Get(app, "/admin/getCluster", (http, query) =>
            AskAsync(http, query, new GetCluster(), (ClusterSummary summary) => summary with { LeaderAddr = address() }, SummaryJson.Default.ClusterSummary));
        Get(app, "/dataPartition/get", (http, query) =>
            AskAsync(http, query, new GetPartition(query.Number("id")), MasterJson.Default.DataPartitionInfo));
        app.MapPost("/dataNode/response", http => GuardAsync(http, () => TaskAnsweredAsync(http)));
    }

    private void MapVolumes(WebApplication app)
    {
        Get(app, "/admin/createVol", (http, query) =>
            AskAsync(http, query, new Create(VolumeFrom(query)), MasterJson.Default.String, options.CreateWait + TimeSpan.FromSeconds(3)));
        Get(app, "/vol/delete", (http, query) => AskAsync(http, query, new DeleteVolume(query.Text("name")), MasterJson.Default.String));
        Get(app, "/admin/getVol", (http, query) => AskAsync(http, query, new GetVolume(query.Text("name")), SummaryJson.Default.VolumeSummary));
        Get(app, "/client/partitions", (http, query) =>
            AskAsync(http, query, new GetClientPartitions(query.Text("name")), MasterJson.Default.DataPartitionsView));
    }

    private static CreateVolume VolumeFrom(QueryReader query)
    {
        // cfs-cli says dpSize, older callers size; both in GB. dpSizeBytes is ours.
        const ulong GbMax = long.MaxValue / VolumeRules.GiB;
        var sizeGb = query.NumberOr("size", query.NumberOr("dpSize", 0));
        var sizeBytes = sizeGb == 0 ? VolumeRules.PartitionBytesDefault : (long)Math.Min(sizeGb, GbMax) * VolumeRules.GiB;
        return new CreateVolume(
            query.Text("name"), query.Text("owner"), query.Number("capacity"),
            (int)query.BoundedOr("replicaNum", VolumeRules.ReplicasDefault, int.MaxValue),
            (int)query.BoundedOr("dpCount", VolumeRules.PartitionsDefault, int.MaxValue),
            query.BoundedOr("dpSizeBytes", sizeBytes, long.MaxValue));
    }

    // Empty is allowed: not every caller knows raft ports.
    private static string Port(QueryReader query, string name)
    {
        var text = query.TextOr(name, "");
        if (text.Length > 0 && !NodeRules.IsPort(text, out _)) query.NumberOr(name, 0);
        return text.Length <= 5 ? text : "";
    }

    private async Task TaskAnsweredAsync(HttpContext http)
    {
        var body = await BodyAsync(http, ReportBytesMax).ConfigureAwait(false);
        if (!GoJson.TryRead(body, MasterJson.Default.AdminTask, out var task))
        {
            await Envelope.WriteAsync(http, Refusal.BadParameter("the body is not an admin task")).ConfigureAwait(false);
            return;
        }

        _cluster?.Tell(new TaskAnswered(task)); // as in CubeFS the answer says that it came, not that it was any good
        await Envelope.WriteAsync(http, "200", MasterJson.Default.String).ConfigureAwait(false);
    }

    private static string CallerIp(HttpContext http) => http.Connection.RemoteIpAddress is { } ip
        ? (ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip).ToString()
        : "";

    private void Get(WebApplication app, string path, Func<HttpContext, QueryReader, Task> handle) =>
        // CubeFS's master takes both methods; some of its tools post.
        app.MapMethods(path, [HttpMethods.Get, HttpMethods.Post], http => GuardAsync(http, () => handle(http, new QueryReader(http.Request.Query))));

    private async Task GuardAsync(HttpContext http, Func<Task> handle)
    {
        try
        {
            if (_cluster is null) await Envelope.WriteTextAsync(http, StatusCodes.Status400BadRequest, address()).ConfigureAwait(false);
            else await handle().ConfigureAwait(false);
        }
        catch (BadHttpRequestException e) // the client's fault: cut short, or larger than the limit
        {
            if (!http.Response.HasStarted) await Envelope.WriteAsync(http, Refusal.BadParameter($"the body is unusable: {e.Message}")).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // Nobody knows whether it was done. Not a refusal: that would say that it was not.
            await Envelope.WriteTextAsync(http, StatusCodes.Status503ServiceUnavailable, "the master is too busy, or stopping; ask again").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }
    }

    private Task AskAsync<T>(HttpContext http, QueryReader query, object question, JsonTypeInfo<T> type, TimeSpan? timeout = null) =>
        AskAsync(http, query, question, (T answer) => answer, type, timeout);

    private async Task AskAsync<TAnswer, T>(
        HttpContext http, QueryReader query, object question, Func<TAnswer, T> shape, JsonTypeInfo<T> type, TimeSpan? timeout = null)
    {
        if (query.Refused is { } malformed)
        {
            await Envelope.WriteAsync(http, malformed).ConfigureAwait(false);
            return;
        }

        var answer = await _cluster!.Ask<object>(question, timeout ?? AskTimeout, http.RequestAborted).ConfigureAwait(false);
        if (answer is Refusal refused) await Envelope.WriteAsync(http, refused).ConfigureAwait(false);
        else await Envelope.WriteAsync(http, shape((TAnswer)answer), type).ConfigureAwait(false);
    }

    private static async Task<byte[]> BodyAsync(HttpContext http, long bytesMax)
    {
        // Before the first read, which would invite the caller to send it all.
        if (http.Request.ContentLength > bytesMax)
            throw new BadHttpRequestException($"{http.Request.ContentLength} bytes are more than {bytesMax}", StatusCodes.Status413PayloadTooLarge);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = bytesMax;
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
        return body.ToArray();
    }
}
