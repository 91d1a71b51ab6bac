using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.LoadGen;

/// <summary>The result of a run as <c>--json</c> writes it and <c>--compare</c> reads it.</summary>
internal sealed record RunReport(
    string Label, DateTimeOffset StartedAt, MachineReport Machine, IReadOnlyList<string> Partitions, IReadOnlyList<JobReport> Jobs)
{
    public void Save(string path) =>
        File.WriteAllText(path, JsonSerializer.Serialize(this, RunReportJson.Default.RunReport) + Environment.NewLine);

    /// <exception cref="JsonException">The file holds something else.</exception>
    public static RunReport Load(string path) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), RunReportJson.Default.RunReport)
            ?? throw new JsonException("the file holds null");
}

internal sealed record MachineReport(int Processors, string OperatingSystem, string Runtime);

/// <param name="Seconds">The measured time, without warm-up.</param>
/// <param name="Errors">Operations without a right answer, warm-up included.</param>
/// <param name="Servers">The processes named by <c>--pid</c>.</param>
/// <param name="ServerCpu">Their sum; null if none was named, or one of them ended meanwhile.</param>
/// <param name="EndedBecause">Why the job stopped before its time; null if it did not.</param>
internal sealed record JobReport(
    string Job, int Connections, int Depth, int BlockBytes, double Seconds, long Operations, long Bytes, double OperationsPerSecond,
    double MebibytesPerSecond, LatencyReport LatencyMicroseconds, long Errors, IReadOnlyDictionary<string, long> ErrorKinds,
    CpuReport? ServerCpu, IReadOnlyList<ProcessReport> Servers, CpuReport GeneratorCpu,
    double? GeneratorAllocatedBytesPerOperation, string? EndedBecause);

internal sealed record LatencyReport(double Mean, double P50, double P99, double P999, double Max);

/// <param name="MicrosecondsPerOperation">Null if there was no operation.</param>
internal sealed record CpuReport(double UserSeconds, double SystemSeconds, double? MicrosecondsPerOperation, double? SecondsPerGiB)
{
    [JsonIgnore] public double Seconds => UserSeconds + SystemSeconds;

    public static CpuReport Of(double userSeconds, double systemSeconds, long operations, long bytes) => new(
        Math.Round(userSeconds, 3), Math.Round(systemSeconds, 3),
        operations == 0 ? null : Math.Round((userSeconds + systemSeconds) * 1e6 / operations, 2),
        bytes == 0 ? null : Math.Round((userSeconds + systemSeconds) * (1L << 30) / bytes, 4));
}

/// <param name="Cpu">Null if the process ended before the measured time did.</param>
/// <param name="ResidentKiB">VmRSS when the measured time ended; null as above.</param>
/// <param name="PeakKiB">VmHWM: the most that was resident since the process began.</param>
internal sealed record ProcessReport(int Pid, string Name, CpuReport? Cpu, long? ResidentKiB, long? PeakKiB);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(RepairReport))]
internal sealed partial class RunReportJson : JsonSerializerContext;
