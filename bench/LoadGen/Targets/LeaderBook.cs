using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>Who leads the raft group of each partition, as found out by asking. Thread-safe.</summary>
/// <remarks>
/// A refusal holds no hint, so that the hosts are asked one after the other, as the SDK does it; the master is not needed. The question is a
/// read of one page (0x05), which only a leader answers.
/// </remarks>
internal sealed class LeaderBook
{
    private readonly ConcurrentDictionary<PartitionId, string> _leaders = new();

    /// <summary>The host that was found to lead last; the first host if none was.</summary>
    public string LikelyLeader(PartitionTarget target) => _leaders.GetValueOrDefault(target.Partition, target.Hosts[0]);

    public void Learn(PartitionTarget target, string host)
    {
        if (!ReferenceEquals(_leaders.GetValueOrDefault(target.Partition), host)) _leaders[target.Partition] = host; // no lock for old news
    }

    /// <summary>Asks the likely leader and then all other hosts, once each.</summary>
    /// <param name="extent">Holds at least one page.</param>
    /// <exception cref="NodeFault">None of them leads now.</exception>
    public string Find(in CreatedExtent extent, TimeSpan timeout)
    {
        var likely = LikelyLeader(extent.Target);
        NodeFault? last = null;
        foreach (var host in extent.Target.Hosts.Prepend(likely).Distinct())
        {
            try
            {
                using var connection = new NodeConnection(host, timeout);
                var pipe = new ReadPipe(connection, extent.Target.Partition, Opcode.StreamRead, depth: 1);
                pipe.Send(extent.Extent, 0, PageStamps.PageBytes);
                pipe.Receive();
                Learn(extent.Target, host);
                return host;
            }
            catch (NodeFault e)
            {
                last = e;
            }
        }

        throw new NodeFault($"no replica leads the raft group; the last: {last!.Message}", last);
    }
}
