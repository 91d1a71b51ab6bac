using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Deletes on one disk have a rate, and take turns with repair instead of clients.</summary>
public sealed class DeleteBudgetTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private readonly ManualTime _time = new();

    private protected override NodeOptions Options => new() { Time = _time, Budgets = new BudgetSettings { Delete = new TrafficLimits(1, PerSecond: 1, 0), BusyShare = 1_000_000 } };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Create(Partition, 1));
    }

    [Fact]
    public async Task A_batch_beyond_the_rate_of_its_disk_is_refused_in_the_words_of_the_cluster_s_limit_and_done_when_it_comes_again()
    {
        using var client = await Node.ConnectAsync();
        // Ids that never were: what is gone counts as deleted, and every element takes its token.
        var elements = string.Join(',', Enumerable.Range(0, DeleteRate.Burst).Select(number => Requests.Element(5000 + (ulong)number, 0, 0)));
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.BatchDelete(Partition, 10, $"[{elements}]"))).Header.Result);
        var refused = await client.AskAsync(Requests.BatchDelete(Partition, 11, $"[{Requests.Element(Extent, 0, 0)}]"));
        Assert.Equal((0xB1, "ActionBatchMarkDelete_limited io error"), ((int)refused.Header.Result, refused.Text));
        Assert.NotNull(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        _time.Advance(TimeSpan.FromSeconds(2));
        using var again = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await again.AskAsync(Requests.BatchDelete(Partition, 12, $"[{Requests.Element(Extent, 0, 0)}]"))).Header.Result);
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        var figures = Node.Surface.Budgets().Disks.Single().Classes.Single(one => one.Class == TrafficClass.Delete);
        Assert.Equal((DeleteRate.Burst + 1L, 1L), (figures.Amount, figures.Refused));
    }

    [Fact]
    public async Task A_batch_is_no_work_of_clients_to_the_threads_of_the_disk()
    {
        var disk = Node.GateOf(Partition).Disk;
        using var client = await Node.ConnectAsync();
        var before = disk.ClientLoad.Items;
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.BatchDelete(Partition, 10, $"[{Requests.Element(Extent, 0, 0)}]"))).Header.Result);
        Assert.Equal(before, disk.ClientLoad.Items);
        await client.AskAsync(Requests.Create(Partition, 11));
        Assert.True(disk.ClientLoad.Items > before);
    }
}
