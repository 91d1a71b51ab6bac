using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Node.Tests;

/// <summary>Takes orders, remembers them and answers what the test says.</summary>
internal sealed class ScriptedOrders : IDiskOperations, IClusterMarking
{
    public List<string> Given { get; } = [];

    /// <summary>Null: every order is carried out.</summary>
    public string? Refusal { get; set; }

    public ClusterMark Mark { get; set; } = new(null, null);

    public bool? ReportsRecent { get; set; }

    public RecentOperations Recent { get; } = new(
        [Count("/data/disk1", "read", 5), Count("/data/disk1", "write", 6)], [Count("dp_7_read", "read", 3), Count("dp_70_write", "write", 2)]);

    public Task<string?> ReloadPartition(PartitionId partition) => Take($"reload {partition}");

    public Task<string?> DetachPartition(PartitionId partition) => Take($"detach {partition}");

    public Task<string?> LoadPartition(PartitionId partition, string disk) => Take($"load {partition} {disk}");

    public Task<string?> SetDiskBad(string disk) => Take($"bad {disk}");

    public Task<string?> MarkDiskBroken(string disk) => Take($"break {disk}");

    public Task<string?> MarkPartitionBroken(PartitionId partition, bool isWhole) => Take($"{(isWhole ? "restore" : "break")} {partition}");

    public Task<ClusterMark> MarkAsync(CancellationToken cancel) => Task.FromResult(Mark);

    private static OperationCount Count(string name, string op, int count) => new() { Name = name, Op = op, Count = count };

    private Task<string?> Take(string order)
    {
        Given.Add(order);
        return Task.FromResult(Refusal);
    }
}
