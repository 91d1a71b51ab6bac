using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What came back when the masters were asked what they know of this node (<c>/dataNode/get</c>).</summary>
/// <remarks>
/// No answer is never an empty list: a list of partitions that failed to come must not make anybody set directories aside. Every master but
/// the leader passes the question on, so that an answer is always the leader's.
/// </remarks>
public abstract record RosterAnswer
{
    private RosterAnswer()
    {
    }

    /// <summary>A leader's list.</summary>
    /// <param name="Master"><c>host:port</c> of the master that was asked; it may have passed the question on.</param>
    /// <param name="Id">The id under which the masters know this address.</param>
    /// <param name="Partitions">Partitions whose hosts contain this node. Empty for a node that was registered anew.</param>
    /// <param name="OnDisk">Where the master last saw each replica; may lack some of <paramref name="Partitions"/> and hold others.</param>
    /// <param name="AllDisks">Disks of the last report that the master kept.</param>
    /// <param name="BadDisks">Those among them with errors.</param>
    public sealed record Answered(
        string Master, NodeId Id, IReadOnlyList<PartitionId> Partitions, IReadOnlyList<PartitionOnDisk> OnDisk, IReadOnlyList<string> AllDisks, IReadOnlyList<string> BadDisks) : RosterAnswer
    {
        public static Answered From(string master, DataNodeInfo info) => new(
            master, info.Id, info.PersistenceDataPartitions, info.PersistenceDataPartitionsWithDiskPath, info.AllDisks, info.BadDisks);
    }

    /// <summary>Nobody answered, or not what was asked: nothing is known.</summary>
    /// <param name="Why">For the log.</param>
    public sealed record NoAnswer(string Why) : RosterAnswer;
}
