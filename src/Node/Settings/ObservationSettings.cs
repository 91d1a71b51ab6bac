using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Where logs and metrics of a node go.</summary>
internal sealed record ObservationSettings
{
    /// <summary>Nothing but a page of metrics on the operators' port, and the log on stderr.</summary>
    public static ObservationSettings None { get; } = new();

    /// <summary>Null: the log goes to stderr.</summary>
    public LogFileSettings? LogFiles { get; init; }

    /// <summary>Null: metrics are off.</summary>
    public ExporterSettings? Exporter { get; init; }

    /// <summary>What the log looks like.</summary>
    public LogOutputSettings LogOutput { get; init; } = LogOutputSettings.Default;

    public MeasurementSettings Measurement { get; init; } = new(LatencyBounds.Operations, Degrade: 0, ByPartition: false);
}

/// <summary>What the log looks like.</summary>
/// <param name="IsJson">A line is a JSON object; else text in the form of CubeFS.</param>
/// <param name="Packets">Which requests have a line of their own in the log files, from level info on.</param>
/// <param name="FilesMax">Files of one name that were set aside and are kept; 0: as many as there is room for.</param>
internal sealed record LogOutputSettings(bool IsJson, PacketLines Packets, int FilesMax)
{
    public static LogOutputSettings Default { get; } = new(IsJson: false, PacketLines.Off, FilesMax: 0);
}

/// <summary>Which requests have a line of their own.</summary>
internal enum PacketLines
{
    /// <summary>None, but at level debug all of them.</summary>
    Off,

    /// <summary>Those that are refused, as warnings; at level debug all of them.</summary>
    Refused,

    /// <summary>All, as in CubeFS: those that succeed from level info on, refusals as warnings.</summary>
    All,
}

/// <summary>Log files.</summary>
/// <param name="Directory">Key logDir; the files lie in its sub-directory dataNode.</param>
/// <param name="RotateBytes">A file that reached this size is set aside; 0: an eighth of the space that is free, 200 MiB to 1 GiB. Source: CubeFS util/log/log.go InitLog.</param>
/// <param name="HeadRoomBytes">Space that files set aside must leave free; 0: a share of the disk, 50 GiB at the most.</param>
/// <param name="LeftSpaceRatio">That share.</param>
internal sealed record LogFileSettings(string Directory, long RotateBytes, long HeadRoomBytes, double LeftSpaceRatio);

/// <summary>The port for metrics, and who is told of it.</summary>
/// <param name="Port">0: the system chooses one.</param>
/// <param name="Consul">Null: nobody is told.</param>
/// <param name="ConsulMeta">Pairs <c>k1=v1;k2=v2</c>; empty for CubeFS's default.</param>
/// <param name="Filter">Which of the machine's addresses are told.</param>
/// <param name="Push">A push gateway; with one, consul is not told.</param>
/// <param name="MountPoint">Told to the push gateway; empty means <c>/</c>.</param>
internal sealed record ExporterSettings(int Port, Uri? Consul, string ConsulMeta, AddressFilter Filter, Uri? Push, string MountPoint);
