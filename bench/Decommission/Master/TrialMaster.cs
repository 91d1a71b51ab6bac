using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>As much of a master as data nodes need: registers them, tells them what they hold, and takes what they report. The moves are ordered elsewhere.</summary>
internal sealed class TrialMaster : IDisposable
{
    public const string Volume = "trial", Cluster = "trial";

    private readonly string _address;
    private readonly IReadOnlyList<TrialNode> _nodes;
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Thread> _heartbeats = [];
    private volatile Exception? _failure;

    public TrialMaster(string address, IReadOnlyList<TrialNode> nodes) => (_address, _nodes) = (address, nodes);

    public ReportBoard Reports { get; } = new();

    public IReadOnlyList<PartitionBook> Partitions { get; set; } = [];

    /// <summary>What this program itself did wrong; null so far.</summary>
    public Exception? Failure => _failure;

    public void Start()
    {
        _listener.Prefixes.Add($"http://{_address}/");
        _listener.Start();
        _ = ServeAsync();
        foreach (var node in _nodes)
        {
            var beats = new HeartbeatLoop(node, _address, _stopping.Token);
            var thread = new Thread(beats.Run) { IsBackground = true, Name = $"heartbeats of {node.Name}" };
            _heartbeats.Add(thread);
            thread.Start();
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Close();
        foreach (var thread in _heartbeats) thread.Join();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            HttpListenerContext call;
            try
            {
                call = await _listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return; // closed
            }

            _ = AnswerAsync(call);
        }
    }

    private async Task AnswerAsync(HttpListenerContext call)
    {
        try
        {
            using var body = new MemoryStream();
            await call.Request.InputStream.CopyToAsync(body).ConfigureAwait(false);
            var reply = Handle(call.Request, body.ToArray());
            call.Response.StatusCode = reply is null ? 404 : 200;
            call.Response.ContentType = "application/json";
            await call.Response.OutputStream.WriteAsync(reply ?? []).ConfigureAwait(false);
            call.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            call.Response.Abort(); // the node was killed in the middle of its question
        }
        catch (Exception e)
        {
            _failure ??= e;
            call.Response.Abort();
        }
    }

    private byte[]? Handle(HttpListenerRequest request, byte[] body)
    {
        switch (request.Url?.AbsolutePath)
        {
            case "/admin/getIp":
                return Ok(new ClusterInfo { Cluster = Cluster, Ip = $"{request.RemoteEndPoint.Address}" }, MasterJson.Default.ClusterInfoReply);
            case "/admin/getUpgradeCompatibleSettings":
                return Ok(new UpgradeCompatibleSettings(), MasterJson.Default.UpgradeCompatibleSettingsReply);
            case "/dataNode/add" when Named(request) is { } node:
                return Ok(node.Id.Value, MasterJson.Default.NumberReply);
            case "/dataNode/get" when Named(request) is { } node:
                return Ok(Describe(node), MasterJson.Default.DataNodeInfoReply);
            case "/admin/cluster/getAllDataNodes":
                return Ok<IReadOnlyList<DataNodeEntry>>([.. _nodes.Select(node => new DataNodeEntry { Addr = node.Address, Id = node.Id, Status = true, IsWritable = true })], MasterJson.Default.DataNodeEntriesReply);
            case "/dataPartition/get":
                return ulong.TryParse(request.QueryString["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Partitions.FirstOrDefault(known => known.Id.Value == id) is { } book
                    ? Ok(new DataPartitionInfo { PartitionId = book.Id, VolName = Volume, Hosts = book.Addresses, Peers = book.Peers }, MasterJson.Default.DataPartitionInfoReply)
                    : Failed(MasterReply.PartitionMissing, "data partition not exists");
            case "/dataNode/response":
                Take(body);
                return Ok("", MasterJson.Default.TextReply);
            default:
                return null;
        }
    }

    private TrialNode? Named(HttpListenerRequest request) => _nodes.FirstOrDefault(node => node.Address == request.QueryString["addr"]);

    private DataNodeInfo Describe(TrialNode node)
    {
        var held = Partitions.Where(book => book.Hosts.Contains(node)).ToList();
        return new DataNodeInfo
        {
            Addr = node.Address,
            Id = node.Id,
            IsActive = true,
            IsWriteAble = true,
            PersistenceDataPartitions = [.. held.Select(book => book.Id)],
            PersistenceDataPartitionsWithDiskPath = [.. held.Select(book => new PartitionOnDisk { PartitionId = book.Id, Disk = book.DiskOn(node) })],
            AllDisks = [node.Disk],
        };
    }

    private void Take(byte[] body)
    {
        if (!GoJson.TryRead(body, MasterJson.Default.AdminTask, out var task) || task.Response is null) throw new InvalidDataException("a node posted something that is no answer to a task");
        if (task.OpCode != (byte)Opcode.DataNodeHeartbeat) return;
        if (!GoJson.TryRead(task.Response, MasterJson.Default.DataNodeHeartbeatResponse, out var report)) throw new InvalidDataException("a node posted a report that a master would not understand");
        Reports.Write(task.OperatorAddr, report);
    }

    private static byte[] Ok<T>(T data, JsonTypeInfo<MasterReply<T>> type) => JsonSerializer.SerializeToUtf8Bytes(MasterReply.Of(data), type);

    private static byte[] Failed(int code, string text) => JsonSerializer.SerializeToUtf8Bytes(MasterReply.Failure(code, text), MasterJson.Default.RawReply);
}
