using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Goal: every answered request is counted once, under the labels of CubeFS. Method: real requests to a node, and what its meters read then.</summary>
public sealed class OperationMeterTests : OverwriteTest
{
    private OperationMeters Meters => Node.Surface.Meters;

    [Fact]
    public async Task Requests_are_counted_by_volume_and_operation()
    {
        await ExpectServesAsync();
        var reading = Meters.Read();
        Assert.Equal((1, 2, 1), (Count(reading.Operations, "OpCreateExtent"), Count(reading.Operations, "OpWrite"), Count(reading.Operations, "OpGetMaxExtentIDAndPartitionSize")));
        Assert.Equal(new OperationLabels(AdminPackets.Volume, "", ""), Labels(reading, "OpWrite"));
        Assert.Empty(reading.Forwarded); // no other replica
    }

    [Fact]
    public void Tasks_of_the_master_have_no_labels()
    {
        var reading = Meters.Read();
        Assert.Equal(1, Count(reading.Operations, "OpCreateDataPartition"));
        Assert.Null(Labels(reading, "OpCreateDataPartition"));
    }

    [Fact]
    public async Task Data_is_counted_in_blocks_and_bytes_by_its_disk()
    {
        var write = Assert.Single(Meters.Read().Transfers);
        Assert.Equal((new TransferLabels(AdminPackets.Volume, Node.DiskPath, ""), "write", 2, 131077), (write.Labels, write.Type, (int)write.Latency.Count, (int)write.Latency.Bytes));

        Assert.Equal((int)BlockBytes + 5, (await Peer.ReadAsync(Partition, Extent, 0, BlockBytes + 5)).Length);
        await ExpectServesAsync(); // behind the read on its connection: it is counted by now
        var read = Meters.Read().Transfers.Single(transfer => transfer.Type == "read");
        Assert.Equal((2, 131077), ((int)read.Latency.Count, (int)read.Latency.Bytes));
        Assert.Equal(1, Meters.Read().Reads.Count);
        Assert.Equal(1, Count(Meters.Read().Repairs, "OpStreamFollowerRead"));
    }

    [Fact]
    public async Task Overwrites_are_counted_once_more_as_replicated()
    {
        ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 5, new byte[4096])));
        var reading = Meters.Read();
        Assert.Equal((1, 1), (Count(reading.Operations, "OpRandomWrite"), Count(reading.Replicated, "OpRandomWrite")));
        var overwrite = reading.Transfers.Single(transfer => transfer.Type == "randwrite");
        Assert.Equal((1, 4096), ((int)overwrite.Latency.Count, (int)overwrite.Latency.Bytes));
    }

    [Fact]
    public async Task Refused_requests_of_a_partition_are_counted_and_those_of_none_are_not()
    {
        Assert.Equal(ResultCode.TryOtherAddress, (await Peer.AskAsync(Requests.AppliedId(Partition + 1, 7))).Header.Result);
        Assert.NotEqual(ResultCode.Ok, (await Peer.AskAsync(Requests.Append(Partition, Extent, 7, 8, [1]))).Header.Result);
        var reading = Meters.Read();
        Assert.Equal((0, 3), (Count(reading.Operations, "OpGetAppliedId"), Count(reading.Operations, "OpWrite")));
    }

    [Fact]
    public async Task Labels_by_partition_are_added_when_they_are_switched_on_and_the_older_counts_stay()
    {
        Meters.ByPartition = true;
        ExpectOk(await Peer.AskAsync(Requests.Append(Partition, Extent, BlockBytes + 5, 4, [1])));
        var writes = Meters.Read().Operations.Where(operation => operation.Name == "OpWrite").ToList();
        Assert.Equal(2, writes.Count);
        var labelled = Assert.Single(writes, operation => operation.Labels!.Partition == "21");
        Assert.Equal((1, $"{Node.DiskPath}/datapartition_21_{AdminPackets.PartitionBytes}"), ((int)labelled.Latency.Count, labelled.Labels!.Directory));
        Assert.Contains(Meters.Read().Transfers, transfer => transfer.Labels == new TransferLabels(AdminPackets.Volume, Node.DiskPath, "21"));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(2, 2)]
    public async Task Only_the_wanted_share_is_measured(int degrade, int expected)
    {
        Meters.Degrade = degrade;
        for (var i = 0; i < 4; i++) Assert.Equal(ResultCode.Ok, (await Peer.AskAsync(Requests.Totals(Partition, i))).Header.Result);
        Assert.Equal(expected, Count(Meters.Read().Operations, "OpGetMaxExtentIDAndPartitionSize"));
    }

    private static int Count(IEnumerable<OperationReading> operations, string name) => (int)operations.Where(operation => operation.Name == name).Sum(operation => operation.Latency.Count);

    private static OperationLabels? Labels(MeterReading reading, string name) => reading.Operations.Single(operation => operation.Name == name).Labels;
}
