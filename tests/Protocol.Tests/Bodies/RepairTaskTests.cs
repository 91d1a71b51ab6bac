using System.Text;

namespace CubeActors.Protocol.Tests;

public sealed class RepairTaskTests
{
    private const string Json =
        """{"TaskType":1,"ExtentsToBeCreated":[{"deleted":false,"Crc":0,"fileId":1027,"size":0,"modTime":0,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0,"src":"127.0.0.11:17310"}],"ExtentsToBeRepaired":[{"deleted":false,"Crc":0,"fileId":1027,"size":0,"modTime":0,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0,"src":"127.0.0.11:17310"}],"LeaderTinyDeleteRecordFileSize":24,"LeaderAddr":"127.0.0.13:17310"}""";

    [Fact]
    public void A_captured_task_is_read_and_written_byte_for_byte()
    {
        Assert.True(RepairTask.TryRead(Encoding.UTF8.GetBytes(Json), out var task));
        Assert.Equal((RepairTask.Normal, 24L, "127.0.0.13:17310"), (task.TaskType, task.LeaderTinyDeleteRecordFileSize, task.LeaderAddr));
        var extent = new Watermark { Extent = new ExtentId(1027), SnapshotEnd = Watermark.NoSnapshot, Source = "127.0.0.11:17310" };
        Assert.Equal([extent], task.ExtentsToBeCreated);
        Assert.Equal([extent], task.ExtentsToBeRepaired);
        Assert.Equal(Json, Encoding.UTF8.GetString(task.Write()));
    }

    [Fact]
    public void The_captured_task_without_extents_is_read_and_written_byte_for_byte()
    {
        Assert.True(RepairTask.TryRead(Captured.RepairTask.Data, out var task));
        Assert.Equal(Captured.RepairTask.Data, task.Write());
    }

    [Fact]
    public void Lists_that_are_null_or_missing_are_empty()
    {
        Assert.True(RepairTask.TryRead("""{"TaskType":0,"ExtentsToBeCreated":null,"LeaderAddr":null}"""u8, out var task));
        Assert.Empty(task.ExtentsToBeCreated);
        Assert.Empty(task.ExtentsToBeRepaired);
        Assert.Equal("", task.LeaderAddr);
    }

    [Theory]
    [InlineData("""{"ExtentsToBeCreated":[{},{},{}]}""")]
    [InlineData("""{"ExtentsToBeCreated":[{},{},{},{},{},{}]}""")]
    [InlineData("""{"TaskType":-1}""")]
    [InlineData("""{"ExtentsToBeRepaired":{}}""")]
    [InlineData("null")]
    [InlineData("")]
    public void A_task_that_is_damaged_or_names_too_many_extents_is_refused(string json) =>
        Assert.False(RepairTask.TryRead(Encoding.UTF8.GetBytes(json), out _, extentsMax: 2));

    [Fact]
    public void A_hole_and_its_data_are_told_apart_by_the_arg()
    {
        Assert.True(TinyRepairArg.TryRead(Golden.TinyRepairHole.Arg, out var hole));
        Assert.Equal(new TinyRepairArg(true, 0x1000, 0x2005), hole);
        Assert.True(TinyRepairArg.TryRead(Golden.TinyRepairRest.Arg, out var data));
        Assert.Equal(new TinyRepairArg(false, 0, 0x2005), data);
        Assert.True(TinyRepairArg.TryRead(Hex.Bytes("45 0000000000002000 0000000000002000"), out var captured));
        Assert.Equal(new TinyRepairArg(true, 8192, 8192), captured);

        var written = new byte[TinyRepairArg.Bytes];
        hole.Write(written);
        Assert.Equal(Golden.TinyRepairHole.Arg, written);
        data.Write(written);
        Assert.Equal(Golden.TinyRepairRest.Arg, written);
    }

    [Fact]
    public void An_arg_of_another_length_or_with_an_impossible_hole_is_refused()
    {
        for (var bytes = 0; bytes < TinyRepairArg.Bytes; bytes++) Assert.False(TinyRepairArg.TryRead(new byte[bytes], out _));
        Assert.False(TinyRepairArg.TryRead(new byte[TinyRepairArg.Bytes + 1], out _));
        Assert.False(TinyRepairArg.TryRead(Hex.Bytes("00 0000000000001000 0000000000002005"), out _));
        Assert.True(TinyRepairArg.TryRead(Hex.Bytes("45 0000000008000000 0000000100000000"), out _));
        Assert.True(TinyRepairArg.TryRead(Hex.Bytes("45 0000000040000000 0000000100000000"), out _)); // the last hole is sent as one, however long
        Assert.True(TinyRepairArg.TryRead(Hex.Bytes("45 0000040000000000 0000000100000000"), out _));
        Assert.False(TinyRepairArg.TryRead(Hex.Bytes("45 0000040000000001 0000000100000000"), out _)); // beyond 4 TiB there is no tiny extent
    }

    [Fact]
    public void A_delete_record_has_24_bytes()
    {
        var bytes = Hex.Bytes("0000000000000007 0000000000001000 0000000000000005");
        Assert.Equal(DecodeStatus.Complete, TinyDeleteRecord.TryRead(bytes, out var record));
        Assert.Equal(new TinyDeleteRecord(new ExtentId(7), 4096, 5), record);
        var written = new byte[TinyDeleteRecord.Bytes];
        record.Write(written);
        Assert.Equal(bytes, written);
        for (var cut = 0; cut < bytes.Length; cut++)
            Assert.Equal(DecodeStatus.NeedMore, TinyDeleteRecord.TryRead(bytes.AsSpan(0, cut), out _));
    }

    [Fact]
    public void Numbers_are_read_from_captured_replies()
    {
        Assert.True(NumberBody.TryReadOne(Captured.AppliedIdReply.Data, out var applied));
        Assert.True(applied > 0);
        Assert.True(NumberBody.TryReadTwo(Captured.PartitionSizeReply.Data, out var size, out var used));
        var written = new byte[NumberBody.TwoBytes];
        NumberBody.WriteTwo(written, size, used);
        Assert.Equal(Captured.PartitionSizeReply.Data, written);
    }

    [Fact]
    public void Numbers_that_are_cut_off_are_refused_and_the_old_short_form_is_not()
    {
        Assert.False(NumberBody.TryReadOne(new byte[7], out _));
        Assert.False(NumberBody.TryReadTwo(new byte[7], out _, out _));
        Assert.True(NumberBody.TryReadTwo(Hex.Bytes("0000000000000401"), out var first, out var second));
        Assert.Equal((1025ul, 0ul), (first, second));
    }
}
