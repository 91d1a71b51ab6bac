using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>Questions to the masters that actors beside <see cref="MasterLink"/> have. Thread-safe.</summary>
/// <param name="address"><c>ip:port</c> of this node; empty while it is not known.</param>
internal sealed class MasterQuestions(MasterClient masters, Func<string> address)
{
    /// <summary>What the masters know of this node. One call, over all masters; whoever needs the answer asks again after a while.</summary>
    /// <exception cref="MasterException">Through the task: nobody answered, or not what was asked. Nothing is known then, least of all that the node holds nothing.</exception>
    /// <exception cref="OperationCanceledException">Through the task: <paramref name="cancel"/> fired.</exception>
    public async Task<RosterAnswer> RosterAsync(CancellationToken cancel)
    {
        var self = address();
        if (self.Length == 0) throw new MasterException(MasterFailure.Unreachable, "the node does not know its address yet; a master tells it");
        var (master, info) = await masters.GetDataNodeAsync(self, cancel).ConfigureAwait(false);
        if (info.Addr == self) return RosterAnswer.From(info);
        throw new MasterException(MasterFailure.BadReply, $"master {master} answered for data node {info.Addr} when it was asked for {self}");
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
