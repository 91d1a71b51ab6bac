using System.Runtime;

namespace CubeActors.Node;

/// <summary>Memory, collector and threads of the process: /cubeactors/runtime. It is one process; nodes that share one show the same.</summary>
/// <param name="CpuSeconds">Processor time of the process.</param>
/// <param name="ResidentBytes">Memory in use, all of it.</param>
/// <param name="HeapBytes">Managed, in use or not yet collected.</param>
/// <param name="CommittedBytes">Managed, taken from the system.</param>
/// <param name="FragmentedBytes">Of the heap, holes as of the last collection.</param>
/// <param name="LimitBytes">That the collector believes it may use.</param>
/// <param name="AllocatedBytes">Since the start.</param>
/// <param name="PauseSeconds">Time that all threads stood still for the collector, since the start.</param>
/// <param name="PausePercent">Of the time since the start, as of the last collection.</param>
/// <param name="Mode">Of the collector.</param>
/// <param name="Threads">Of the process.</param>
/// <param name="PoolThreads">Of the pool.</param>
/// <param name="PoolQueue">Work that waits for them.</param>
/// <param name="LockContentions">Locks that a thread had to wait for, since the start.</param>
/// <param name="OpenFiles">Descriptors; absent without /proc.</param>
internal sealed record RuntimeFacts(
    double CpuSeconds, long ResidentBytes, long HeapBytes, long CommittedBytes, long FragmentedBytes, long LimitBytes, long AllocatedBytes, double PauseSeconds, double PausePercent, string Mode,
    IReadOnlyList<GenerationFacts> Generations, long PinnedObjects, int Threads, int PoolThreads, long PoolQueue, long PoolDone, long LockContentions, int? OpenFiles)
{
    public static RuntimeFacts Now()
    {
        var process = ProcessFigures.Now();
        var memory = GC.GetGCMemoryInfo(GCKind.Any);
        var sizes = memory.GenerationInfo.ToArray();
        return new RuntimeFacts(
            Math.Round(Environment.CpuUsage.TotalTime.TotalSeconds, 2), process.ResidentBytes, GC.GetTotalMemory(forceFullCollection: false), memory.TotalCommittedBytes, memory.FragmentedBytes,
            memory.TotalAvailableMemoryBytes, GC.GetTotalAllocatedBytes(precise: false), Math.Round(GC.GetTotalPauseDuration().TotalSeconds, 3), memory.PauseTimePercentage,
            $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {GCSettings.LatencyMode.ToString().ToLowerInvariant()}",
            [.. Enumerable.Range(0, sizes.Length).Select(i => new GenerationFacts(Name(i), i <= GC.MaxGeneration ? GC.CollectionCount(i) : null, sizes[i].SizeAfterBytes))],
            memory.PinnedObjectsCount, process.Threads, ThreadPool.ThreadCount, ThreadPool.PendingWorkItemCount, ThreadPool.CompletedWorkItemCount, Monitor.LockContentionCount,
            ProcessFigures.OpenFiles());
    }

    /// <summary>Source: .NET, GCMemoryInfo.GenerationInfo: the generations, then the two heaps of large and pinned objects.</summary>
    private static string Name(int index) => index switch { 3 => "large", 4 => "pinned", _ => $"gen{index}" };
}

/// <param name="Collections">Since the start; absent for heaps that are collected with the last generation.</param>
/// <param name="Bytes">After its last collection.</param>
internal sealed record GenerationFacts(string Name, int? Collections, long Bytes);
