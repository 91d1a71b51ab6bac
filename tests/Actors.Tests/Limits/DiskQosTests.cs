using CubeActors.Protocol;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>What a client meets on a disk whose work is limited: it waits, nothing is lost, and nothing is held that others could use.</summary>
public sealed class DiskQosTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private readonly ManualTime _time = new();

    private protected override NodeOptions Options => new() { Time = _time };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Create(Partition, 1));
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, Extent, 0, 2, Requests.Noise(131072, 1)))).Header.Result);
        Node.Gate.Disks = DiskPolicies.None with { QosEnabled = true };
        _time.Advance(TimeSpan.FromSeconds(1)); // the node looks
        Assert.True(Node.DiskQos.IsEnabledByMaster);
    }

    [Fact]
    public async Task Appends_wait_for_their_bytes_and_are_all_made_in_order()
    {
        Limit(IoKind.Write, new(0, 0, BytesPerSecond: 20000));
        using var client = await Node.ConnectAsync();
        var sent = Enumerable.Range(0, 8).SelectMany(number => Requests.Append(Partition, Extent, 131072 + (number * 10000), 10 + number, Requests.Noise(10000, number))).ToArray();
        await client.SendAsync(sent);
        Assert.Equal(10, (await client.ReceiveAsync()).Header.RequestId); // saved up
        await Patience.UntilAsync(() => Figures.Write.Waiting == 1);
        Assert.Equal(141072, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
        for (var number = 1; number < 8; number++)
        {
            var reply = client.ReceiveAsync();
            await PassAsync(() => reply.IsCompleted);
            Assert.Equal((ResultCode.Ok, 10L + number), ((await reply).Header.Result, (await reply).Header.RequestId));
        }

        Assert.Equal(131072 + 80000, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
    }

    [Fact]
    public async Task Reads_wait_block_by_block()
    {
        Limit(IoKind.Read, new(0, 0, BytesPerSecond: 131072));
        using var client = await Node.ConnectAsync();
        var read = client.ReadAsync(Partition, Extent, 0, 131072);
        Assert.Equal(Requests.Noise(131072, 1), await read); // larger than the burst, and the bucket was full
        var second = client.ReadAsync(Partition, Extent, 0, 131072, request: 2);
        await Patience.UntilAsync(() => Figures.Read.Waiting == 1);
        Assert.False(second.IsCompleted);
        await PassAsync(() => second.IsCompleted);
        Assert.Equal(Requests.Noise(131072, 1), await second);
    }

    [Fact]
    public async Task A_question_does_not_wait_behind_limits()
    {
        Limit(IoKind.Read, new(0, 0, BytesPerSecond: 1));
        using var reader = await Node.ConnectAsync();
        await reader.ReadAsync(Partition, Extent, 0, 1000);
        await reader.SendAsync(Requests.Read(Partition, Extent, 0, 1000, 2));
        await Patience.UntilAsync(() => Figures.Read.Waiting == 1);
        using var other = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await other.AskAsync(Requests.Totals(Partition, 3))).Header.Result);
        reader.Reset(); // whoever only ends its side is answered when its turn comes
    }

    [Fact]
    public async Task A_connection_that_ends_while_it_waits_gives_up_its_turn()
    {
        Limit(IoKind.Write, new(0, 0, BytesPerSecond: 10));
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Append(Partition, Extent, 131072, 10, Requests.Noise(100, 1)));
        await client.SendAsync(Requests.Append(Partition, Extent, 131172, 11, Requests.Noise(100, 1)));
        await Patience.UntilAsync(() => Figures.Write.Waiting == 1);
        client.Reset();
        await Patience.UntilAsync(() => Figures.Write.Waiting == 0 && Node.OpenConnections == 0);
        Assert.Equal(131172, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
    }

    [Fact]
    public async Task A_full_queue_of_writes_refuses_the_next_and_of_reads_after_three_seconds()
    {
        Limit(IoKind.Write, new(Concurrent: 1, 0, 0));
        Limit(IoKind.Read, new(Concurrent: 1, 0, 0));
        Node.DiskQos.WriteQueueFactor = 1;
        var limits = Node.GateOf(Partition).Limits;
        var (writes, reads) = (new Busy(), new Busy());
        Assert.Equal(Admission.Admitted, limits[IoKind.Write].Enter(writes, 0, true, true));
        Assert.Equal(Admission.Admitted, limits[IoKind.Read].Enter(reads, 0, true, true));
        using var first = await Node.ConnectAsync();
        using var second = await Node.ConnectAsync();
        using var reader = await Node.ConnectAsync();
        await first.SendAsync(Requests.Append(Partition, Extent, 131072, 10, Requests.Noise(100, 1)));
        await Patience.UntilAsync(() => Figures.Write.Waiting == 1);
        var refused = await second.AskAsync(Requests.Append(Partition, Extent, 131072, 11, Requests.Noise(100, 1)));
        Assert.Equal((0xB1, "ActionWrite:_limited io error"), ((int)refused.Header.Result, refused.Text));
        await second.ExpectEndAsync();
        await reader.SendAsync(Requests.Read(Partition, Extent, 0, 100, 12));
        await Patience.UntilAsync(() => Figures.Read.Waiting == 1);
        _time.Advance(TimeSpan.FromSeconds(4));
        var late = await reader.ReceiveAsync();
        Assert.Equal((0xB1, "ActionStreamRead_limited io error"), ((int)late.Header.Result, late.Text));
        IoGate.Exit(writes);
        IoGate.Exit(reads);
        Assert.Equal(ResultCode.Ok, (await first.ReceiveAsync()).Header.Result);
    }

    [Fact]
    public async Task Deletes_beyond_the_cluster_s_rate_are_refused_in_the_middle_of_their_batch()
    {
        Node.Gate.Limits = ClusterLimits.Unknown with { DeletesPerSecond = 1 };
        _time.Advance(TimeSpan.FromSeconds(1));
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
    }

    private DiskQosFigures Figures => Assert.Single(Node.DiskQos.Disks);

    private void Limit(IoKind kind, DiskClassLimits limits) => Node.DiskQos.Change(settings => settings.With(kind, limits));

    /// <summary>Lets time pass until something has come of it.</summary>
    private Task PassAsync(Func<bool> until) => Patience.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return until();
    });

    private sealed class Busy : IoTicket
    {
        internal override void Answered(bool admitted) => throw new InvalidOperationException();
    }
}
