using System.Net;
using Akka.Configuration;
using CubeActors.Actors;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>All that one data node process is told at start, read once and validated.</summary>
/// <param name="File">The datanode.json, for messages.</param>
/// <param name="Http">Null where the node has no HTTP port.</param>
/// <param name="Akka">The configuration of the node's actor system.</param>
/// <param name="Notes">What was found in the configuration that does not hinder the start.</param>
internal sealed record NodeSettings(
    string File, DataNodeSettings DataNode, HttpSettings? Http, string RaftDirectory, ProcessSettings Process, LogEventLevel LogLevel, Config Akka,
    IReadOnlyList<SettingsNote> Notes)
{
    /// <summary>Where logs and metrics go.</summary>
    public ObservationSettings Observation { get; init; } = ObservationSettings.None;

    /// <summary>Where traces and metrics are sent by OTLP; null: nowhere.</summary>
    public TelemetrySettings? Telemetry { get; init; }

    /// <summary>Every setting with its value and where it stands, for operators. Made when it is first asked for.</summary>
    public IReadOnlyList<SettingInForce> InForce => ListInForce?.Value ?? [];

    /// <inheritdoc cref="InForce"/>
    public Lazy<IReadOnlyList<SettingInForce>>? ListInForce { get; init; }

    /// <summary>The metrics port, with the limits of the operators' port; null where there is none.</summary>
    public HttpSettings? ExporterHttp { get; init; }
}

/// <summary>The HTTP port for probes and operators, and its limits.</summary>
/// <param name="Zone">Told with the disks.</param>
internal sealed record HttpSettings(
    IPEndPoint EndPoint, string Zone, int ConnectionsMax, int HeadersBytesMax, int HeaderCountMax, long BodyBytesMax, TimeSpan HeadersTimeout,
    TimeSpan KeepAlive)
{
    /// <summary>Who may do what.</summary>
    public OrderGuard Guard { get; init; } = OrderGuard.None;

    /// <summary>Where the token stands; empty where there is none.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>The same API with TLS; null where there is none.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>Connections at once from one other address.</summary>
    public required int ConnectionsPerAddressMax { get; init; }

    /// <summary>Requests that are answered at once, without probes and streams.</summary>
    public required int RequestsMax { get; init; }

    /// <summary>Of them, those of one path that costs much.</summary>
    public required int HeavyMax { get; init; }

    /// <summary>Answers that go on for as long as somebody reads them, at once.</summary>
    public required int StreamsMax { get; init; }
}

/// <summary>The life of the process.</summary>
/// <param name="StopDeadline">A clean stop that takes longer is given up.</param>
internal sealed record ProcessSettings(TimeSpan StopDeadline)
{
    /// <summary>The supervisor of the process is told READY=1 only when the node is ready, not as soon as its ports answer.</summary>
    public bool ReadyWhenServing { get; init; }
}

/// <summary>One line about the configuration, logged once the log is open.</summary>
internal sealed record SettingsNote(LogEventLevel Level, string Text);
