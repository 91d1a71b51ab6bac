using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

/// <summary>Whether another node is there, as far as raft tells.</summary>
public enum Reachability
{
    /// <summary>Nothing is to be heard of it, because no group has its leader on one side and a member on the other; and nothing says that it is away.</summary>
    Unknown,

    /// <summary>It was heard as often as it has to be.</summary>
    Reachable,

    /// <summary>It is silent though it leads a group that this node is in or is led from here, or connections to it fail.</summary>
    Unreachable,
}

/// <summary>Another node that shares partitions with this one.</summary>
/// <param name="Id">As the masters gave it.</param>
/// <param name="Address">Data address, <c>ip:port</c>.</param>
/// <param name="RaftHeartbeat">Where its raft heartbeats go; empty while that is not known.</param>
/// <param name="Partitions">That have a replica there and one here.</param>
/// <param name="LedThere">Of them, those whose group it leads.</param>
/// <param name="LedHere">Of them, those whose group this node leads.</param>
/// <param name="SilentFor">Since its last heartbeat or the answer to one of ours; null if none was heard in this run.</param>
/// <param name="FailingFor">Since when connections to it fail; null where they do not.</param>
/// <param name="Connections">To it, for raft, that are open.</param>
public sealed record ClusterMember(
    NodeId Id, string Address, string RaftHeartbeat, int Partitions, int LedThere, int LedHere, Reachability Reachability, TimeSpan? SilentFor, TimeSpan? FailingFor, int Connections);

/// <summary>Puts together what the partitions and raft know of other nodes. Pure but for what it is given.</summary>
internal static class ClusterMembers
{
    /// <summary>An echo is worth two ticks to a leader; twice that is silence.</summary>
    private const int SilentTicks = 4;

    public static IReadOnlyList<ClusterMember> Of(IReadOnlyList<PartitionFigures> partitions, NodeId self, string address, RaftNode raft, RaftTransport transport, TimeSpan tick)
    {
        var seen = new Dictionary<NodeId, Shared>();
        foreach (var partition in partitions)
        {
            var status = partition.Raft();
            foreach (var peer in partition.Peers)
            {
                if (peer.Id == self || peer.Address == address) continue;
                var shared = seen.GetValueOrDefault(peer.Id);
                seen[peer.Id] = new Shared(
                    peer.Address, shared.Partitions + 1, shared.LedThere + (status?.Leader == peer.Id ? 1 : 0), shared.LedHere + (status?.Role == RaftRole.Leader ? 1 : 0));
            }
        }

        return
        [
            .. seen.OrderBy(member => member.Key).Select(member =>
            {
                var ((id, shared), silent, links) = (member, raft.SilentFor(member.Key), transport.LinksOf(member.Key));
                return new ClusterMember(
                    id, shared.Address, raft.Addresses.Find(id)?.Heartbeat.ToString() ?? "", shared.Partitions, shared.LedThere, shared.LedHere,
                    Judge(shared.LedThere + shared.LedHere > 0, silent, links.FailingFor, tick), silent, links.FailingFor, links.Open);
            }),
        ];
    }

    /// <param name="isToBeHeard">One of the two leads a group that both are in.</param>
    public static Reachability Judge(bool isToBeHeard, TimeSpan? silentFor, TimeSpan? failingFor, TimeSpan tick) =>
        silentFor <= SilentTicks * tick ? Reachability.Reachable
        : isToBeHeard && silentFor is not null || failingFor is not null ? Reachability.Unreachable
        : Reachability.Unknown;

    private readonly record struct Shared(string Address, int Partitions, int LedThere, int LedHere);
}

/// <summary>The connections of raft to one node.</summary>
/// <param name="Open">Now.</param>
/// <param name="FailingFor">Since the first failure of the one that fails longest; null where none fails.</param>
internal readonly record struct PeerLinks(int Open, TimeSpan? FailingFor);
