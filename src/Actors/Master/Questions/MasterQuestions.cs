using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>Questions to the masters that actors beside <see cref="MasterLink"/> have. Thread-safe.</summary>
/// <param name="address"><c>ip:port</c> of this node; empty while it is not known.</param>
internal sealed class MasterQuestions(MasterClient masters, Func<string> address)
{
    /// <summary>What the masters know of this node. One call, over all masters; whoever needs the answer asks again after a while.</summary>
    /// <exception cref="OperationCanceledException">Through the task: <paramref name="cancel"/> fired.</exception>
    public async Task<RosterAnswer> RosterAsync(CancellationToken cancel)
    {
        var self = address();
        if (self.Length == 0) return new RosterAnswer.NoAnswer("the node does not know its address yet");
        try
        {
            var (master, info) = await masters.GetDataNodeAsync(self, cancel).ConfigureAwait(false);
            return info.Addr == self
                ? RosterAnswer.Answered.From(master, info)
                : new RosterAnswer.NoAnswer($"master {master} answered for {info.Addr} when it was asked for {self}");
        }
        catch (MasterException e)
        {
            return new RosterAnswer.NoAnswer(e.Message);
        }
    }

    /// <summary>Who hosts a partition. One call, over all masters.</summary>
    /// <param name="volume">Its name: the same id in another volume is another partition.</param>
    /// <exception cref="OperationCanceledException">Through the task: <paramref name="cancel"/> fired.</exception>
    public async Task<HostsAnswer> HostsAsync(PartitionId partition, string volume, CancellationToken cancel)
    {
        try
        {
            var info = await masters.GetDataPartitionAsync(partition, volume, cancel).ConfigureAwait(false);
            if (info.PartitionId != partition || info.VolName != volume)
                return new HostsAnswer.NoAnswer($"the masters answered for partition {info.PartitionId} of volume {info.VolName} when they were asked for {partition} of {volume}");
            return info.Hosts.Count > 0 ? new HostsAnswer.Answered(info.Hosts) : new HostsAnswer.NoAnswer($"the masters name no hosts for partition {partition}");
        }
        catch (MasterException e) when (e.Code is MasterReply.PartitionMissing or MasterReply.VolumeMissing)
        {
            return new HostsAnswer.Unknown();
        }
        catch (MasterException e)
        {
            return new HostsAnswer.NoAnswer(e.Message);
        }
    }
}
