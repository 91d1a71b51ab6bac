namespace CubeActors.Protocol.Tests;

public sealed class PacketRepliesTests
{
    [Fact]
    public void A_chain_leader_forwards_the_packet_for_one_replica()
    {
        Assert.Equal(Golden.CreateHop.Header, (Golden.Create.Header with { Extent = new ExtentId(1025) }).ToFollower());
        Assert.Equal(Golden.AppendHop.Header, Golden.Append.Header.ToFollower());
    }

    [Fact]
    public void Forwarding_keeps_the_protocol_version_and_loses_what_belongs_to_snapshots()
    {
        var forwarded = (Golden.Append.Header with { ExtentType = 0xd1, VersionSequence = 9 }).ToFollower();
        Assert.Equal((0x91, 0ul), (forwarded.ExtentType, forwarded.VersionSequence));
        Assert.False(forwarded.HasVersionList);
    }

    [Fact]
    public void A_reply_echoes_the_request_as_the_chain_leader_filled_it_in()
    {
        Assert.Equal(Golden.CreateReply.Header, (Golden.Create.Header with { Extent = new ExtentId(1025) }).ToReply(ResultCode.Ok));
        Assert.Equal(Golden.CreateHopReply.Header, Golden.CreateHop.Header.ToReply(ResultCode.Ok));
        Assert.Equal(Golden.AppendReply.Header, Golden.Append.Header.ToReply(ResultCode.Ok));
        Assert.Equal(Golden.OverwriteReply.Header, Golden.Overwrite.Header.ToReply(ResultCode.Ok));
        Assert.Equal(Golden.MarkDeleteReply.Header, Golden.MarkDelete.Header.ToReply(ResultCode.Ok));
        Assert.Equal(Golden.BatchDeleteReply.Header, Golden.BatchDelete.Header.ToReply(ResultCode.Ok));
    }

    [Fact]
    public void An_error_reply_carries_its_text_and_the_long_header_of_the_request()
    {
        Assert.Equal(Golden.AppendError.Header, Golden.Append.Header.ToReply(ResultCode.DiskNoSpace, (uint)Golden.AppendError.Data!.Length));
        Assert.Equal(Golden.ReadError.Header, Golden.Read.Header.ToReply(ResultCode.TryOtherAddress, (uint)Golden.ReadError.Data!.Length));
    }

    [Theory]
    [InlineData(Opcode.RandomWriteVersion, ResultCode.Ok, Opcode.SyncRandomWriteVersionReply)]
    [InlineData(Opcode.SyncRandomWriteVersion, ResultCode.Ok, Opcode.SyncRandomWriteVersionReply)]
    [InlineData(Opcode.SyncRandomWriteVersion, ResultCode.Again, Opcode.SyncRandomWriteVersion)]
    [InlineData(Opcode.SyncRandomWrite, ResultCode.Ok, Opcode.SyncRandomWrite)]
    public void Only_a_successful_versioned_overwrite_changes_the_opcode(Opcode request, ResultCode result, Opcode reply) =>
        Assert.Equal(reply, (Golden.Overwrite.Header with { Opcode = request }).ToReply(result).Opcode);

    [Fact]
    public void Read_data_comes_in_short_headers_whatever_the_request_had()
    {
        Assert.Equal(Golden.ReadFirstBlock.Header, Golden.Read.Header.ToReadData(ExtentTypes.Normal, Opcode.StreamRead, 0, 0x20000, 0xca975130));
        Assert.Equal(Golden.ReadLastBlock.Header,
            (Golden.Read.Header with { KernelOffset = 77 }).ToReadData(ExtentTypes.Normal, Opcode.StreamRead, 0x20000, 5, Golden.HelloCrc));
        var tinyRequest = Golden.TinyRepairData.Header with { Result = ResultCode.None, ArgBytes = 0, Size = 0x2005 };
        Assert.Equal(Golden.TinyRepairRest.Header,
            tinyRequest.ToReadData(ExtentTypes.Tiny, Opcode.TinyExtentRepairRead, 0x2000, 5, Golden.HelloCrc, TinyRepairArg.Bytes));
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, true, true)]
    [InlineData(126, true, true)]
    [InlineData(127, true, false)]
    [InlineData(128, true, true)]
    [InlineData(255, true, true)]
    public void The_follower_byte_says_who_leads_and_who_forwards(byte remaining, bool leads, bool forwards)
    {
        Assert.Equal(leads, RemainingFollowers.ActsAsLeader(remaining));
        Assert.Equal(forwards, RemainingFollowers.Forwards(remaining));
    }
}
