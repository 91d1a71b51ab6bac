using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Restart;

/// <summary>The result of all restarts, as <c>--json</c> writes it. Times are seconds since the process was made, unless they say otherwise.</summary>
internal sealed record RestartReport(
    string Label, DateTimeOffset StartedAt, string Command, int Processors, int Partitions, string Probe, bool Handover, IReadOnlyList<RestartRun> Runs)
{
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, RestartReportJson.Default.RestartReport) + Environment.NewLine);
}

/// <param name="Stop">first (there was no process before), term or kill.</param>
/// <param name="StopSeconds">From the signal to the end of the process before; null for the first.</param>
/// <param name="StopCode">Its exit code.</param>
/// <param name="Ports">When each port accepted.</param>
/// <param name="FirstServed">First partition that served.</param>
/// <param name="Served50">Half of them; and so on. Null if that was not reached.</param>
/// <param name="Served">How many served in the end.</param>
/// <param name="Ready">/readyz; null where there is none.</param>
/// <param name="RefusedSeconds">How long the data port refused connections, from the last that it took before to the first after; null for the first start.</param>
/// <param name="Parked">Requests that waited for a partition to be loaded, by outcome; null where they are not counted.</param>
/// <param name="CpuSeconds">CPU time of the new process when all served.</param>
/// <param name="Remark">What was not as it should be.</param>
internal sealed record RestartRun(
    string Stop, double? StopSeconds, int? StopCode, IReadOnlyList<PortReport> Ports, double? FirstServed, double? Served50, double? Served99, double? Served100, int Served, double? Ready,
    double? RefusedSeconds, long RefusedAttempts, IReadOnlyList<OperationReport> Load, IReadOnlyDictionary<string, long>? Parked, double? CpuSeconds, long? ResidentKiB, string? Remark);

/// <param name="AcceptedAfter">Zero for a port that never refused; null for one that never accepted.</param>
internal sealed record PortReport(string Name, double? AcceptedAfter);

/// <param name="LongestSeconds">The longest operation of this restart, failed ones included.</param>
internal sealed record OperationReport(string Kind, long Done, long Failed, double LongestSeconds, string? LastFailure);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RestartReport))]
internal sealed partial class RestartReportJson : JsonSerializerContext;
