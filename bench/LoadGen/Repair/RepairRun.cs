using System.Diagnostics;

namespace CubeActors.LoadGen;

/// <summary>Measures jobs without and with a full repair of one node, and the repair with and without clients.</summary>
/// <remarks>
/// One round: the jobs alone; the node is ended, loses all normal extents, and starts; as soon as it fetches, the jobs again; then nobody asks for anything until the rest
/// is fetched. At last the same repair from beginning to end without any client, and the same bytes copied from file to file: what the machine can do.
/// </remarks>
internal sealed class RepairRun(RepairSettings repair, LoadSettings load, Func<CancellationToken, IReadOnlyList<PartitionTarget>> findTargets, Action<string> say)
{
    /// <summary>Files that are copied at a time, as many as a disk fetches.</summary>
    private const int CopiesAtOnce = 8;

    private const int CopyBytes = 1 << 20;

    /// <summary>Extents are listed for repair a minute after their last write. Source: storage-and-repair 4.2.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(62);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <returns>All rounds, and whether something was left behind.</returns>
    /// <exception cref="NodeFault">A node failed, or nothing was repaired.</exception>
    public (RepairReport Report, bool CleanupFailed) Run(CancellationToken cancel)
    {
        using var node = RepairedNode.Of(repair);
        if (load.Host == node.Address) throw new UsageFault($"--host {load.Host} is the node that is emptied.");
        if (load.ReadExtents > 0 && load.Host is null) throw new UsageFault("Reads need --host here, a node that is not emptied.");
        if (load.OverwriteExtents > 0) throw new UsageFault("Overwrites reach all replicas, also one that was emptied behind its back.");
        say("starting the node");
        node.Start(cancel);
        var targets = findTargets(cancel);
        var ledger = new ExtentLedger();
        var rounds = new List<RepairRound>();
        var failed = false;
        RepairRate alone;
        double copied;
        try
        {
            Fill(targets, ledger, cancel);
            for (var round = 1; round <= repair.Rounds; round++)
            {
                say($"round {round} of {repair.Rounds}: without repair");
                var (before, leftBefore) = new JobRunner(load, targets, say).RunAll(cancel);
                var emptied = Empty(node, cancel);
                say($"with repair of {emptied >> 20} MiB");
                node.Until("repair to begin", () => node.RepairBytes() > 0, cancel);
                var (bytes, at) = (node.RepairBytes(), Stopwatch.GetTimestamp());
                var (during, leftDuring) = new JobRunner(load, targets, say).RunAll(cancel);
                var whileBusy = new RepairRate(node.RepairBytes() - bytes, Stopwatch.GetElapsedTime(at));
                var isOver = node.RepairStreams() == 0;
                var quiet = Rest(node, emptied, cancel);
                rounds.Add(new RepairRound(before, during, whileBusy, quiet, isOver));
                failed |= leftBefore | leftDuring;
            }

            var all = Empty(node, cancel);
            say($"repair of {all >> 20} MiB without clients");
            node.Until("repair to begin", () => node.RepairBytes() > 0, cancel);
            alone = Rest(node, all, cancel);
            copied = Copy(node, cancel);
        }
        finally
        {
            var (left, reason) = ledger.DeleteAll();
            if (left > 0) say($"{left} extents could not be deleted and stay on the nodes: {reason}");
            failed |= left > 0;
            node.Stop();
        }

        return (new RepairReport(repair.FillBytes, rounds, alone, copied), failed);
    }

    private void Fill(IReadOnlyList<PartitionTarget> targets, ExtentLedger ledger, CancellationToken cancel)
    {
        var count = (int)((repair.FillBytes + Protocol.DataPlane.ExtentBytesMax - 1) / Protocol.DataPlane.ExtentBytesMax);
        say($"writing {count} extents, {repair.FillBytes >> 20} MiB, and waiting {Quiet.TotalSeconds:0} s until they are old enough to be repaired");
        new ReadDataSet(targets, repair.FillBytes / count, load.Seed + 1, load.Timeout, ledger).Ensure(count, cancel);
        cancel.WaitHandle.WaitOne(Quiet);
        cancel.ThrowIfCancellationRequested();
    }

    private static long Empty(RepairedNode node, CancellationToken cancel)
    {
        node.Stop();
        var bytes = node.Empty();
        node.Start(cancel);
        return bytes;
    }

    /// <summary>Watches the repair until nothing has moved for a while: comparisons come every few seconds, and the last one finds nothing.</summary>
    private static RepairRate Rest(RepairedNode node, long wanted, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        var first = node.RepairBytes();
        var (last, lastAt) = (first, began);
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            cancel.WaitHandle.WaitOne(Pause);
            cancel.ThrowIfCancellationRequested();
            var bytes = node.RepairBytes();
            if (bytes != last) (last, lastAt) = (bytes, Stopwatch.GetTimestamp());
            // Of what a job has written and deleted meanwhile some bytes are not fetched any more.
            if (node.RepairStreams() == 0 && (last >= wanted || Stopwatch.GetElapsedTime(lastAt) > TimeSpan.FromSeconds(15)))
                return new RepairRate(last - first, Stopwatch.GetElapsedTime(began, lastAt));
        }

        throw new NodeFault($"the repair has not ended within {Patience.TotalMinutes:0} minutes");
    }

    /// <returns>MiB a second.</returns>
    private double Copy(RepairedNode node, CancellationToken cancel)
    {
        var files = node.Extents();
        var target = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(node.Disks[0])!, $"copy-{Environment.ProcessId}"));
        try
        {
            say($"copying {files.Count} files");
            var began = Stopwatch.GetTimestamp();
            Parallel.For(0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = CopiesAtOnce, CancellationToken = cancel }, i =>
            {
                using var from = files[i].Open(new FileStreamOptions { BufferSize = 0 });
                using var to = new FileStream(Path.Combine(target.FullName, $"{i}"), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 });
                from.CopyTo(to, CopyBytes);
            });
            return files.Sum(file => file.Length) / (double)(1 << 20) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
        finally
        {
            target.Delete(recursive: true);
        }
    }
}
