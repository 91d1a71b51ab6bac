using CubeActors.Runtime.Files;

namespace CubeActors.Actors;

/// <summary>A replica that is being filled, and what is needed to tell when it is complete.</summary>
/// <param name="Self"><c>ip:port</c> of this node, once known; empty before.</param>
internal sealed record RebuildSite(RepairSite Repair, StateMachine Machine, IFileSystem Files, Func<string> Self)
{
    public ReplicaRecord Record => Machine.Record;

    /// <summary>The replica to compare with: the first of the hosts that is not this node.</summary>
    /// <remarks>Decided by the whole address. CubeFS compares IPs, and a replica beside its leader's on one machine would join its group empty.</remarks>
    /// <returns>Null if there is none.</returns>
    public static string? SourceOf(IReadOnlyList<string> hosts, string self) => hosts.FirstOrDefault(host => host.Length > 0 && host != self);
}
