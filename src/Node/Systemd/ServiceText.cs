using System.Globalization;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The words for a supervisor. Pure. Source: sd_notify(3).</summary>
internal static class ServiceText
{
    public const string Ready = "READY=1", Stopping = "STOPPING=1", Alive = "WATCHDOG=1";

    /// <summary>Systemd cuts a status at about this length when it shows it; a list of hundreds of disks helps nobody there.</summary>
    private const int StatusCharactersMax = 400;

    public static string Extend(TimeSpan by) => string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={(long)by.TotalMicroseconds}");

    public static string Failed(string reason) => $"STATUS={OneLine(reason)}";

    /// <param name="left">Estimated rest of the loading; null while it is not known.</param>
    public static string Status(NodeStatus status, TimeSpan? left)
    {
        var found = status.Disks.Sum(disk => Math.Max(0, disk.PartitionsFound));
        var settled = status.Disks.Sum(disk => disk.PartitionsSettled);
        var text = status.Phase switch
        {
            NodePhase.Binding => "Starting",
            NodePhase.Loading => $"Loading: {settled} of {found} partitions settled{(left is { } rest ? $", about {Quantity.FormatTime(TimeSpan.FromSeconds(Math.Ceiling(rest.TotalSeconds)))} left" : "")}; {string.Join("; ", status.NotReady)}",
            NodePhase.Ready => $"Serving {status.Partitions.Count(partition => partition.State == PartitionState.Serving)} partitions on {status.Disks.Count(disk => disk.State == DiskState.Ready)} disks",
            NodePhase.Draining => $"Stopping: {string.Join("; ", status.NotReady)}",
            _ => "Stopped",
        };
        return $"STATUS={OneLine(text)}";
    }

    private static string OneLine(string text)
    {
        text = text.ReplaceLineEndings(" ");
        return text.Length <= StatusCharactersMax ? text : text[..StatusCharactersMax] + "...";
    }
}
