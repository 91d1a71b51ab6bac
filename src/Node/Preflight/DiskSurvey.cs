using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>A disk of the configuration and all that was seen on it.</summary>
/// <param name="Depth">How much of each partition was looked at.</param>
/// <param name="Fault">Null, or the fault that ended the look at its partitions early.</param>
internal sealed record SurveyedDisk(DiskFacts Root, IReadOnlyList<PartitionFacts> Partitions, ExaminationDepth Depth, string? Fault);

/// <summary>How far the look at the disks is.</summary>
internal readonly record struct SurveyProgress(int Looked, int Found, int Disks);

/// <summary>Looks at all disks, a few at a time, each on a thread of its own, so that one that hangs does not hide the others.</summary>
internal static class DiskSurvey
{
    /// <summary>Enough to be quick on a machine with dozens of disks, few enough to leave its own work alone.</summary>
    private const int DisksAtOnce = 4;

    /// <param name="progress">Called from several threads.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired; a thread that hangs on a disk is left to the end of the process.</exception>
    public static async Task<IReadOnlyList<SurveyedDisk>> RunAsync(
        IReadOnlyList<string> disks, MachineFacts machine, IFileSystem files, Action<SurveyProgress> progress, CancellationToken stop)
    {
        using var turns = new SemaphoreSlim(DisksAtOnce);
        var count = new Counter(disks.Count, progress);
        return await Task.WhenAll(disks.Select(async disk =>
        {
            await turns.WaitAsync(stop);
            try
            {
                return await Task.Factory.StartNew(() => Look(disk, machine, files, count, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            finally
            {
                turns.Release();
            }
        })).WaitAsync(stop);
    }

    private static SurveyedDisk Look(string path, MachineFacts machine, IFileSystem files, Counter count, CancellationToken stop)
    {
        var root = DiskFacts.Read(files, path, machine.BootId);
        // What a node has open changes while it is read: only what is replaced as a whole can be judged.
        var use = machine.UseOf(path);
        var depth = use.LockHolder is null && use.Others.Count == 0 ? ExaminationDepth.Log : ExaminationDepth.Small;
        if (root.Trouble is not null) return new SurveyedDisk(root, [], depth, null);
        var partitions = new List<PartitionFacts>();
        var entries = root.Partitions.ToList();
        count.Found(entries.Count);
        try
        {
            foreach (var entry in entries)
            {
                stop.ThrowIfCancellationRequested();
                partitions.Add(PartitionFacts.Read(files, entry, $"{path.TrimEnd('/')}/{entry.Name}", depth, root.Verdict is BootVerdict.DirtyBoot or BootVerdict.Unknown));
                count.Looked();
            }
        }
        catch (DiskFaultException fault)
        {
            return new SurveyedDisk(root, partitions, depth, fault.Message);
        }

        return new SurveyedDisk(root, partitions, depth, null);
    }

    private sealed class Counter(int disks, Action<SurveyProgress> progress)
    {
        private int _found;
        private int _looked;

        public void Found(int partitions) => Interlocked.Add(ref _found, partitions);

        public void Looked() => progress(new SurveyProgress(Interlocked.Increment(ref _looked), Volatile.Read(ref _found), disks));
    }
}
