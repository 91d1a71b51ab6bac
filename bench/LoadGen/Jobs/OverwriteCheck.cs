using System.Diagnostics;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>Reads a sample of what was overwritten from every replica (0x06), byte for byte.</summary>
internal static class OverwriteCheck
{
    private const int SampleBlocks = 256;

    /// <summary>A follower applies what the leader has acknowledged within a heartbeat or so; what is still not there then is lost.</summary>
    private static readonly TimeSpan ApplyLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Reports each block that is not right on a replica as an error of the job.</summary>
    /// <returns>Blocks looked at, on all replicas each.</returns>
    public static int Run(JobClock clock, IReadOnlyList<OverwriteLog> logs, int blockBytes, int seed, TimeSpan timeout)
    {
        var written = logs.SelectMany(log => log.Written.Select(index => (Log: log, Index: index))).ToArray();
        new Random(seed).Shuffle(written);
        var sample = written.Take(SampleBlocks).ToList();
        foreach (var group in sample.SelectMany(block => block.Log.Data.Created.Target.Hosts.Select(host => (Host: host, block.Log, block.Index))).GroupBy(copy => copy.Host))
        {
            var began = Stopwatch.GetTimestamp(); // one limit a host, so that a dead one does not take it for each block
            foreach (var (host, log, index) in group)
                if (FindFault(host, log, index, blockBytes, timeout, began) is { } fault) clock.ReportError($"verify on {host}: {fault}", 1);
        }

        return sample.Count;
    }

    private static string? FindFault(string host, OverwriteLog log, int index, int blockBytes, TimeSpan timeout, long began)
    {
        while (true)
        {
            var fault = TryRead(host, log, index, blockBytes, timeout);
            if (fault is null || Stopwatch.GetElapsedTime(began) >= ApplyLimit) return fault;
            Thread.Sleep(Pause);
        }
    }

    private static string? TryRead(string host, OverwriteLog log, int index, int blockBytes, TimeSpan timeout)
    {
        try
        {
            using var connection = new NodeConnection(host, timeout);
            var pipe = new ReadPipe(connection, log.Data.Created.Target.Partition, Opcode.StreamFollowerRead, depth: 1);
            pipe.Send(log.Data.Created.Extent, log.OffsetOf(index), blockBytes);
            pipe.Receive();
            return log.Matches(index, connection.ReplyData) ? null : "the block holds neither the last acknowledged write nor a later one";
        }
        catch (NodeFault e)
        {
            return e.Message;
        }
    }
}
