using System.Diagnostics;
using System.Globalization;

namespace CubeActors.Node;

/// <summary>The process and its runtime, under the names that Prometheus clients agree on. Source of process_ names: prometheus.io, client library guide.</summary>
internal static class ProcessMetrics
{
    public static void Write(MetricText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Single("process_cpu_seconds_total", "counter", "Processor time.", process.TotalProcessorTime.TotalSeconds);
        text.Single("process_resident_memory_bytes", "gauge", "Memory in use.", process.WorkingSet64);
        text.Single("process_virtual_memory_bytes", "gauge", "Addresses in use.", process.VirtualMemorySize64);
        text.Single("process_start_time_seconds", "gauge", "Start, seconds since 1970.", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        if (OpenFiles() is { } open) text.Single("process_open_fds", "gauge", "Open file descriptors.", open);
        if (FilesMax() is { } most) text.Single("process_max_fds", "gauge", "File descriptors that may be open.", most);

        text.Family("dotnet_info", "gauge", "The runtime.").Sample("dotnet_info", 1, ("version", Environment.Version.ToString()));
        text.Family("dotnet_gc_collections_total", "counter", "Garbage collections.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            text.Sample("dotnet_gc_collections_total", GC.CollectionCount(generation), ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        text.Single("dotnet_gc_heap_bytes", "gauge", "The managed heap.", GC.GetTotalMemory(forceFullCollection: false));
        text.Single("dotnet_gc_allocated_bytes_total", "counter", "Bytes allocated.", GC.GetTotalAllocatedBytes(precise: false));
        text.Single("dotnet_gc_pause_seconds_total", "counter", "Time that all threads stood still.", GC.GetTotalPauseDuration().TotalSeconds);
        text.Single("dotnet_threadpool_threads", "gauge", "Threads of the pool.", ThreadPool.ThreadCount);
        text.Single("dotnet_threadpool_queue", "gauge", "Work that waits for them.", ThreadPool.PendingWorkItemCount);
        text.Single("dotnet_lock_contentions_total", "counter", "Locks that a thread had to wait for.", Monitor.LockContentionCount);
    }

    internal static int? OpenFiles()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (IOException)
        {
            return null; // no /proc here: the metric is left out
        }
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
