using CubeActors.Actors;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>The outside world as a node sees it; tests replace any of it.</summary>
internal sealed record NodeServices(INetwork Network, IFileSystem Files, TimeProvider Time, ILogger Log)
{
    /// <summary>The level of <see cref="Log"/>; null where it cannot be changed.</summary>
    public LogLevels? Levels { get; init; }

    /// <summary>The last lines of <see cref="Log"/>; null where nobody keeps them.</summary>
    public LogTail? Tail { get; init; }

    /// <summary>Who sees each request; null where nobody does.</summary>
    public IPacketTrace? Packets { get; init; }

    /// <summary>Takes samples of requests, and operations that have ended; null where nobody does.</summary>
    public ITraceSink? Spans { get; init; }

    /// <summary>Ports that were bound before the settings were read; null where they are bound now.</summary>
    public EarlyPorts? EarlyPorts { get; init; }

    /// <summary>The node's ports, listening; null where whoever needs one binds it.</summary>
    public PortSet? Ports { get; init; }

    /// <summary>Completes when disks and masters may be touched.</summary>
    public Task MayLoad { get; init; } = Task.CompletedTask;

    /// <summary>What <see cref="Log"/> counts.</summary>
    public LogTally Tally { get; init; } = new();

    /// <summary>What is sent to those who watch.</summary>
    public TelemetryTally Telemetry { get; init; } = new();
}
