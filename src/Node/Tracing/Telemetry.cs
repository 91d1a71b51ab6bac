using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What a node sends by OTLP: its traces, and its metrics. There is none where no endpoint is configured, and then nothing is made of requests.</summary>
internal sealed class Telemetry : IAsyncDisposable
{
    private readonly TelemetrySettings _settings;
    private readonly NodeServices _services;
    private readonly SpanExporter _exporter;
    private readonly Origin _origin;
    private readonly DateTimeOffset _startedAt;

    private Telemetry(TelemetrySettings settings, NodeServices services, Origin origin)
    {
        (_settings, _services, _origin, _startedAt) = (settings, services, origin, services.Time.GetUtcNow());
        var tally = services.Telemetry.Spans = new SpanTally();
        var queue = new SpanQueue(settings.QueueMax, tally);
        Sink = new Tracer(settings, queue, () => origin.Address, services.Time);
        var what = $"Traces for {settings.Endpoint}";
        var teller = new Teller(what, OutboundHttp.Create(services.Network), services.Time, services.Log, services.Telemetry.Add("otlp_traces"), OtlpRequest.Judge);
        _exporter = new SpanExporter(settings, queue, origin.Resource, teller, services.Time, services.Log);
    }

    /// <summary>Takes requests and operations.</summary>
    public ITraceSink Sink { get; }

    /// <param name="settings">Null: nothing is sent.</param>
    /// <param name="cluster">Empty while it is not known.</param>
    public static Telemetry? Start(TelemetrySettings? settings, NodeServices services, Func<string> address, Func<string> cluster) =>
        settings is null ? null : new Telemetry(settings, services, new Origin(address, cluster));

    /// <summary>Sends all metrics again and again.</summary>
    /// <returns>Null where they are not to be sent.</returns>
    public Announcer? Announce(MetricsPage page) => _settings.MetricsPeriod <= TimeSpan.Zero ? null : new Announcer(
        new Announcement($"Metrics for {_settings.Endpoint}", _settings.MetricsPeriod, () => OtlpRequest.Metrics(_settings, Metrics(page))) { Judge = OtlpRequest.Judge },
        OutboundHttp.Create(_services.Network), _services.Time, _services.Log, _services.Telemetry.Add("otlp_metrics"));

    public ValueTask DisposeAsync() => _exporter.DisposeAsync();

    private byte[] Metrics(MetricsPage page)
    {
        var sink = new OtlpMetrics(_origin.Resource(), _startedAt, _services.Time.GetUtcNow());
        page.Write(sink);
        return sink.ToBytes();
    }

    /// <summary>Address and cluster of the node, asked until they are known: masters may have to tell them.</summary>
    private sealed class Origin(Func<string> address, Func<string> cluster)
    {
        private volatile string _address = "";
        private volatile string _cluster = "";

        public string Address => _address.Length > 0 ? _address : _address = address();

        public OtlpResource Resource() => new(Address, _cluster.Length > 0 ? _cluster : _cluster = cluster());
    }
}
