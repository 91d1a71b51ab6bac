using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Whether this replica compares the normal extents of its partition. Pure.</summary>
internal static class CycleRules
{
    /// <summary>It leads the repair: it stands first among the hosts, address and port alike. CubeFS compares the address alone, so two nodes on one
    /// both lead (ODD-16).</summary>
    public static bool Leads(PartitionMeta meta, string self) => self.Length > 0 && meta.Hosts.Count > 0 && meta.Hosts[0] == self;

    /// <returns>Null if it may begin; else why not.</returns>
    public static string? WhyNot(PartitionMeta meta, string self) =>
        !Leads(meta, self) ? "another replica leads the repair"
        : meta.IsBeingRebuilt ? "this replica is being rebuilt itself"
        : meta.DiskErrorCount > 0 ? "this replica has had errors of its disk"
        : meta.Hosts.Count < 2 ? "there is no other replica"
        : null;
}
