using System.Globalization;

namespace CubeActors.Node;

/// <summary>The process and its runtime, under the names that Prometheus clients agree on. Source of process_ names: prometheus.io, client library guide.</summary>
internal static class ProcessMetrics
{
    public static readonly MetricSection Section = new("Process");

    private static readonly MetricFamily Cpu = Section.Counter("process_cpu_seconds_total", "Processor time.");
    private static readonly MetricFamily Resident = Section.Gauge("process_resident_memory_bytes", "Memory in use.");
    private static readonly MetricFamily Virtual = Section.Gauge("process_virtual_memory_bytes", "Addresses in use.");
    private static readonly MetricFamily Start = Section.Gauge("process_start_time_seconds", "Start, seconds since 1970.");
    private static readonly MetricFamily Open = Section.Gauge("process_open_fds", "Open file descriptors.");
    private static readonly MetricFamily Most = Section.Gauge("process_max_fds", "File descriptors that may be open.");
    private static readonly MetricFamily Runtime = Section.Gauge("dotnet_info", "The runtime.", "version");
    private static readonly MetricFamily Collections = Section.Counter("dotnet_gc_collections_total", "Garbage collections.", "generation");
    private static readonly MetricFamily Heap = Section.Gauge("dotnet_gc_heap_bytes", "The managed heap.");
    private static readonly MetricFamily MemoryLimit = Section.Gauge("dotnet_memory_limit_bytes", "Memory that the process may use: the limit of its container, or what the machine has.");
    private static readonly MetricFamily Allocated = Section.Counter("dotnet_gc_allocated_bytes_total", "Bytes allocated.");
    private static readonly MetricFamily Pauses = Section.Counter("dotnet_gc_pause_seconds_total", "Time that all threads stood still.");
    private static readonly MetricFamily Threads = Section.Gauge("dotnet_threadpool_threads", "Threads of the pool.");
    private static readonly MetricFamily Queue = Section.Gauge("dotnet_threadpool_queue", "Work that waits for them.");
    private static readonly MetricFamily Contentions = Section.Counter("dotnet_lock_contentions_total", "Locks that a thread had to wait for.");

    public static void Write(IMetricSink sink)
    {
        var process = ProcessFigures.Now();
        sink.Single(Cpu, Environment.CpuUsage.TotalTime.TotalSeconds);
        sink.Single(Resident, process.ResidentBytes);
        sink.Single(Virtual, process.VirtualBytes);
        sink.Single(Start, ProcessFigures.StartedAt.ToUnixTimeMilliseconds() / 1000.0);
        if (ProcessFigures.OpenFiles() is { } open) sink.Single(Open, open);
        if (FilesMax() is { } most) sink.Single(Most, most);

        sink.Begin(Runtime);
        sink.Sample(1, Environment.Version.ToString());
        sink.Each(
            Collections, Enumerable.Range(0, GC.MaxGeneration + 1), generation => GC.CollectionCount(generation), generation => generation.ToString(CultureInfo.InvariantCulture));
        sink.Single(Heap, GC.GetTotalMemory(forceFullCollection: false));
        sink.Single(MemoryLimit, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        sink.Single(Allocated, GC.GetTotalAllocatedBytes(precise: false));
        sink.Single(Pauses, GC.GetTotalPauseDuration().TotalSeconds);
        sink.Single(Threads, ThreadPool.ThreadCount);
        sink.Single(Queue, ThreadPool.PendingWorkItemCount);
        sink.Single(Contentions, Monitor.LockContentionCount);
    }

    private static double? FilesMax()
    {
        try
        {
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(limit => limit.StartsWith("Max open files", StringComparison.Ordinal));
            return double.TryParse(line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], NumberStyles.Integer, CultureInfo.InvariantCulture, out var most) ? most : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
