using CubeActors.Raft;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What a partition needs to take part in its group, the same for all partitions of a node.</summary>
/// <param name="Ports">The raft ports of this node; those of peers are taken to be the same unless <paramref name="UsesPeerPorts"/>.</param>
/// <param name="UsesPeerPorts">Asked each time: the ports in a partition's peers count.</param>
internal sealed record RaftServices(
    RaftNode Node, RaftGroupSettings Groups, RaftSettings Core, PeerQuestion Peers, BufferPool Buffers, TimeProvider Time, Random Random, RaftPorts Ports, Func<bool> UsesPeerPorts);

/// <summary>The two raft ports of a node.</summary>
internal readonly record struct RaftPorts(int Heartbeat, int Replica);
