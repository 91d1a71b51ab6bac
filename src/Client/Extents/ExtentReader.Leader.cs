using CubeActors.Protocol;

namespace CubeActors.Client;

// Reads that must see every acknowledged overwrite.
internal sealed partial class ExtentReader
{
    /// <summary>Asks the likely leader, then the other hosts, and at last the replicas that are furthest.</summary>
    private async ValueTask<(object? Last, bool AllMissing)> RunLeaderRoundAsync(
        VolumePartition partition, Position position, Memory<byte> buffer, ByteSink sink, long began)
    {
        var leader = view.LeaderOf(partition);
        var (next, last) = await AskLeaderAsync(partition, leader, position, buffer, sink, began).ConfigureAwait(false);
        for (var i = 0; i < partition.Hosts.Length && next == LeaderReaction.NextHost; i++)
            if (partition.Hosts[i] != leader)
                (next, last) = await AskLeaderAsync(partition, partition.Hosts[i], position, buffer, sink, began).ConfigureAwait(false);
        if (next == LeaderReaction.Done) return (null, false);
        var (furthest, failure) = await AppliedIds.FindFurthestAsync(context, partition, cancel).ConfigureAwait(false);
        return furthest.Length == 0
            ? ($"{last}; too few replicas tell how far they are: {failure}", false)
            : await RunRoundAsync(partition, [.. furthest], position, buffer, sink).ConfigureAwait(false);
    }

    /// <summary>Reads from one host as the leader, to the end or to its first refusal that does not pass.</summary>
    private async ValueTask<(LeaderReaction Next, object? Last)> AskLeaderAsync(
        VolumePartition partition, string host, Position position, Memory<byte> buffer, ByteSink sink, long began)
    {
        for (var retries = 0; ;)
        {
            PacketReply reply;
            try
            {
                reply = await RunRequestAsync(partition, host, Opcode.StreamRead, position, buffer, sink).ConfigureAwait(false);
            }
            catch (ConnectionFailedException e)
            {
                cancel.ThrowIfCancellationRequested();
                view.ForgetLeader(partition.Id, host);
                return (LeaderReaction.NextHost, e);
            }

            switch (LeaderReactions.ToRead(reply.Code))
            {
                case LeaderReaction.Done:
                    view.LearnLeader(partition.Id, host);
                    if (position.IsDone) return (LeaderReaction.Done, null);
                    break;
                case LeaderReaction.SameHost:
                    var isOverdue = context.Time.GetElapsedTime(began) >= _settings.ReadTimeMax;
                    if (isOverdue || (reply.Code == ResultCode.Again && ++retries > _settings.SameHostRetriesMax))
                        return (LeaderReaction.NotFromLeader, $"{host} goes on to answer {reply}");
                    await context.PauseAsync(cancel).ConfigureAwait(false);
                    break;
                case LeaderReaction.NextHost:
                    view.ForgetLeader(partition.Id, host);
                    return (LeaderReaction.NextHost, $"{host}: {reply}");
                case LeaderReaction.GiveUp:
                    throw Refused(partition, position, $"{host}: {reply}");
                default:
                    return (LeaderReaction.NotFromLeader, $"{host}: {reply}");
            }
        }
    }
}
