using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime;
using CubeActors.Protocol.Master;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Micro;

/// <summary>Where the time goes while a disk is loaded: stage by stage on one thread, and a whole node from its start until all partitions serve.</summary>
internal static class LoadMeasurement
{
    /// <summary>One thread, one partition after the other, no actors: what the calls to the disk cost.</summary>
    public static void Stages(string path, TextWriter output)
    {
        var files = LinuxFileSystem.Instance;
        var settings = new ExtentStoreSettings(TimeProvider.System);
        var stages = new List<(string Name, TimeSpan Time, TimeSpan Processor)>();
        var entries = new List<RootEntry>();
        var kept = new List<IDisposable>();
        var extents = 0;
        DiskRoot root = null!;
        Measure("lock, boot record, listing of the disk", () =>
        {
            root = DiskRoot.Open(files, path, KernelBoot.ReadId(), "the measurement of loading");
            entries.AddRange(root.List().Where(entry => entry.Kind == RootEntryKind.Partition));
        });
        var durable = root.Verdict == BootVerdict.CleanStop;
        Measure("META", () => Each(directory => PartitionMeta.Load(files, directory)));
        Measure("APPLY", () => Each(directory => ApplyFile.Load(files, directory)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var allocated = GC.GetTotalAllocatedBytes();
        Measure("extents and store files", () => Each(directory =>
        {
            var store = ExtentStore.Open(files, directory, settings with { FoundIsDurable = durable });
            extents += store.ExtentCount;
            kept.Add(store);
        }));
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        var staging = new RaftLogStaging(64 * 1024);
        Measure("raft log", () =>
        {
            foreach (var entry in entries)
                kept.Add(RaftLog.Open(files, $"{root.DirectoryOf(entry)}/{RaftLog.DirectoryName(entry.Partition)}", new RaftLogSettings(TimeProvider.System) { FoundIsDurable = durable }, 0, staging));
        });
        output.WriteLine($"{entries.Count} partitions, {extents} extents, left by {root.Verdict}{(durable ? "" : ": unsynced files are synced")}");
        foreach (var (name, time, processor) in stages)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-40} {time.TotalMilliseconds,9:0.0} ms, processor {processor.TotalMilliseconds,9:0.0} ms"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  stores hold {held / Math.Max(1, extents)} bytes an extent after {allocated / Math.Max(1, extents)} allocated; {OpenDescriptors()} descriptors open"));
        foreach (var item in kept) item.Dispose();
        root.MarkCleanStop(); // nothing was written
        root.Dispose();

        void Measure(string name, Action work)
        {
            var (started, busy) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            work();
            stages.Add((name, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - busy));
        }

        void Each(Action<string> work)
        {
            foreach (var entry in entries) work(root.DirectoryOf(entry));
        }
    }

    /// <summary>A node with that disk in this process: from the start of the process, and of the node, until all partitions serve.</summary>
    public static void Node(string path, TextWriter output)
    {
        var process = Process.GetCurrentProcess();
        var started = Stopwatch.GetTimestamp();
        var sinceProcess = DateTime.Now - process.StartTime;
        using (var node = new LoopbackNode(IPAddress.Parse(MadeDisk.Address), path))
        {
            var loaded = Stopwatch.GetElapsedTime(started);
            process.Refresh();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{node.Serving} partitions serve after {loaded.TotalMilliseconds:0} ms (and {sinceProcess.TotalMilliseconds:0} ms for the process to begin); "
                + $"CPU {process.TotalProcessorTime.TotalMilliseconds:0} ms; resident {process.WorkingSet64 >> 20} MiB, "
                + $"allocated {GC.GetTotalAllocatedBytes() >> 20} MiB, managed heap {GC.GetTotalMemory(false) >> 20} MiB; {OpenDescriptors()} descriptors"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"of that {JitInfo.GetCompilationTime().TotalMilliseconds:0} ms for the compiler of {JitInfo.GetCompiledMethodCount()} methods, {GC.GetTotalPauseDuration().TotalMilliseconds:0} ms for {GC.CollectionCount(0)} collections"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stopped after {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms"));
    }

    private static int OpenDescriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
