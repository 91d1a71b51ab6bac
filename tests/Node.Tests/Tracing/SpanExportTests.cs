using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Node.Tests;

/// <summary>Goal: what a collector gets is what was traced. Method: a server on loopback that takes the bytes apart by itself, and a clock that the test moves.</summary>
public sealed class SpanExportTests
{
    private readonly ManualTime _time = new();
    private readonly SpanTally _tally = new();
    private readonly RecordedLog _log = new();
    private readonly TargetTally _target = new("otlp_traces");

    [Theory]
    [InlineData(OtlpProtocol.HttpProtobuf, "/v1/traces")]
    [InlineData(OtlpProtocol.Grpc, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")]
    internal async Task Spans_arrive_with_their_names_ids_parents_and_attributes(OtlpProtocol protocol, string path)
    {
        await using var receiver = await OtlpReceiver.StartAsync(protocol);
        var settings = TelemetrySamples.Settings with { Endpoint = receiver.Address, Protocol = protocol, Headers = [new("x-tenant", "spark")] };
        var queue = new SpanQueue(settings.QueueMax, _tally);
        await using var exporter = Export(settings, queue);
        queue.Add(RequestSpans.Of(TelemetrySamples.Append(isForwarded: true), "192.0.2.1:17310"));
        queue.Add(OperationSpans.Of(TelemetrySamples.Repair, default));
        await _time.FireAsync(settings.Period);

        var call = await receiver.NextAsync();
        Assert.Equal((path, "spark"), (call.Path, call.Headers["x-tenant"]));
        Assert.Equal(("cubeactors-datanode", "192.0.2.1:17310", "c"), (call.Resource["service.name"], call.Resource["service.instance.id"], call.Resource["cubefs.cluster"]));
        var spans = call.Spans;
        Assert.Equal(["OpWrite", "queue", "disk", "RepairTask", "waiting"], spans.Select(span => span.Name));
        var (write, repair) = (spans[0], spans[3]);
        Assert.All(spans.Take(3), span => Assert.Equal((32, 16, write.Trace), (span.Trace.Length, span.Id.Length, span.Trace)));
        Assert.Equal((16, write.Id, write.Id), (write.Parent.Length, spans[1].Parent, spans[2].Parent));
        Assert.Equal((2, TelemetrySamples.At.AddMilliseconds(-3), TelemetrySamples.At, null), (write.Kind, write.Start, write.End, write.Error));
        Assert.Equal(("7", "1025", "4096", "99", "192.0.2.9:4000"),
            (write.Attributes["cubefs.partition"], write.Attributes["cubefs.extent"], write.Attributes["cubefs.offset"], write.Attributes["cubefs.request_id"], write.Attributes["network.peer.address"]));
        Assert.Equal(("0198c0de000070008000000000000001", "", "the source is away", "Failed"), (repair.Trace, repair.Parent, repair.Error, repair.Attributes["cubeactors.operation.state"]));
        Assert.Equal(repair.Id, spans[4].Parent);
        await _time.FireAsync(settings.Period); // the answer was read
        Assert.Equal((5, 0, 1), ((int)_tally.Exported, (int)_tally.Waiting, (int)_target.Sent));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task What_a_collector_says_that_it_did_not_take_is_counted()
    {
        await using var receiver = await OtlpReceiver.StartAsync(OtlpProtocol.HttpProtobuf);
        receiver.Reply = [0x0A, 0x02, 0x08, 0x02]; // partial_success { rejected_spans: 2 }
        await ExportAppendAsync(receiver, OtlpProtocol.HttpProtobuf);
        Assert.Equal((1, ("refused", 2)), ((int)_tally.Exported, _tally.Dropped[1]));
    }

    [Theory]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    [InlineData(OtlpProtocol.Grpc)]
    internal async Task What_is_refused_for_good_is_not_sent_again(OtlpProtocol protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync(protocol);
        if (protocol == OtlpProtocol.Grpc) receiver.GrpcStatus = "16"; // unauthenticated
        else receiver.Status = 401;
        await ExportAppendAsync(receiver, protocol);
        Assert.Equal(("refused", 3), _tally.Dropped[1]);
        Assert.Contains(protocol == OtlpProtocol.Grpc ? "gRPC status 16" : "status 401", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_spans_are_sent_when_the_node_ends()
    {
        await using var receiver = await OtlpReceiver.StartAsync(OtlpProtocol.HttpProtobuf);
        var settings = TelemetrySamples.Settings with { Endpoint = receiver.Address };
        var queue = new SpanQueue(settings.QueueMax, _tally);
        var exporter = Export(settings, queue);
        queue.Add(OperationSpans.Of(TelemetrySamples.Repair, default));
        await exporter.DisposeAsync();
        Assert.Equal(2, (await receiver.NextAsync()).Spans.Count);
        Assert.Equal(2, _tally.Exported);
    }

    [Fact]
    public async Task An_endpoint_that_is_away_costs_one_line_and_what_the_queue_cannot_hold()
    {
        const string address = "127.0.0.1:4318";
        const int failures = SpanExporter.TriesMax + 2;
        var network = new SimulatedNetwork();
        var calls = 0;
        using var server = new SimulatedHttpServer(network, address, _ => HttpResult.Text(Interlocked.Increment(ref calls) <= failures ? 503 : 200, ""));
        var settings = TelemetrySamples.Settings with { QueueMax = 16, BatchMax = 8 };
        var queue = new SpanQueue(settings.QueueMax, _tally);
        for (var i = 0; i < 20; i++) queue.Add(RequestSpans.Of(TelemetrySamples.Append(isForwarded: false), ""));
        Assert.Equal((16, ("queue_full", 44)), ((int)_tally.Waiting, _tally.Dropped[0]));
        await using (Export(settings, queue, network))
        {
            await _time.FireAsync(settings.Period);
            for (var i = 1; i < failures; i++) await _time.FireAsync(Announcer.Soon); // the first batch is given up on the way, and the second one begun
            await _time.FireAsync(settings.Period);
        }

        Assert.Equal((8, 0, ("unreachable", 8)), ((int)_tally.Exported, (int)_tally.Waiting, _tally.Dropped[2]));
        Assert.Equal((1, failures), ((int)_target.Sent, (int)_target.Failed));
        Assert.Equal(["Warning", "Information"], _log.Lines.Select(line => line.Split(' ')[0])); // the second: that it works again
    }

    [Fact]
    public async Task An_endpoint_that_nobody_listens_at_holds_up_no_stop()
    {
        var network = new SimulatedNetwork();
        network.Refuse("127.0.0.1:4318");
        var queue = new SpanQueue(16, _tally);
        queue.Add(OperationSpans.Of(TelemetrySamples.Repair, default));
        var exporter = Export(TelemetrySamples.Settings, queue, network);
        await _time.FireAsync(TelemetrySamples.Settings.Period);
        await exporter.DisposeAsync();
        Assert.Single(_log.Lines);
    }

    /// <summary>Sends the three spans of an append, and waits until the answer was read.</summary>
    private async Task ExportAppendAsync(OtlpReceiver receiver, OtlpProtocol protocol)
    {
        var settings = TelemetrySamples.Settings with { Endpoint = receiver.Address, Protocol = protocol };
        var queue = new SpanQueue(settings.QueueMax, _tally);
        await using var exporter = Export(settings, queue);
        queue.Add(RequestSpans.Of(TelemetrySamples.Append(isForwarded: false), ""));
        await _time.FireAsync(settings.Period);
        await receiver.NextAsync();
        await _time.FireAsync(settings.Period);
    }

    private SpanExporter Export(TelemetrySettings settings, SpanQueue queue, INetwork? network = null)
    {
        var teller = new Teller("Traces", OutboundHttp.Create(network ?? new TcpNetwork()), _time, _log.Logger, _target, OtlpRequest.Judge);
        return new SpanExporter(settings, queue, () => new OtlpResource("192.0.2.1:17310", "c"), teller, _time, _log.Logger);
    }
}
