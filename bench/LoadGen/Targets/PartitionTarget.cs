using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>A data partition that the jobs may use. Appends, creates and deletes go to the first host.</summary>
/// <param name="Hosts">As the master keeps them, <c>ip:port</c>; never empty.</param>
internal sealed record PartitionTarget(PartitionId Partition, IReadOnlyList<string> Hosts)
{
    public string ChainLeader => Hosts[0];

    /// <summary>The header's count of followers; a partition with one replica has a value of its own.</summary>
    public byte Followers { get; } = Hosts.Count == 1 ? RemainingFollowers.SingleReplica : (byte)(Hosts.Count - 1);

    /// <summary>The Arg of everything that goes through the append chain.</summary>
    public byte[] FollowerArg { get; } = FollowerList.Format(Hosts.Skip(1));

    public override string ToString() => $"{Partition} ({string.Join(", ", Hosts)})";
}
