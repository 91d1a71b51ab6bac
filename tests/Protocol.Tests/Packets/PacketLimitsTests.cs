namespace CubeActors.Protocol.Tests;

public sealed class PacketLimitsTests
{
    public static TheoryData<Opcode, bool, uint> Table => new()
    {
        { Opcode.CreateExtent, false, 64 },
        { Opcode.BroadcastMinAppliedId, false, 64 },
        { Opcode.Write, false, 1 << 20 },
        { Opcode.SyncWrite, false, 1 << 20 },
        { Opcode.RandomWrite, false, 1 << 20 },
        { Opcode.SyncRandomWriteVersion, false, 1 << 20 },
        { Opcode.BackupWrite, false, 128 << 20 },
        { Opcode.MarkDelete, false, 64 << 10 },
        { Opcode.GetAllWatermarks, false, 64 << 10 },
        { Opcode.BatchDeleteExtent, false, 16 << 20 },
        { Opcode.BatchLockNormalExtent, false, 16 << 20 },
        { Opcode.NotifyReplicasToRepair, false, 64 << 20 },
        { Opcode.DataNodeHeartbeat, false, 8 << 20 },
        { Opcode.SetRepairingStatus, false, 8 << 20 },
        { (Opcode)0xFE, false, 64 << 10 },
        { Opcode.GetAllWatermarks, true, 64 << 20 },
        { Opcode.StreamRead, true, 5 << 20 },
        { Opcode.TinyExtentRepairRead, true, 5 << 20 },
        { Opcode.SnapshotExtentRepairReply, true, 5 << 20 },
        { Opcode.TinyDeleteRecordReply, true, 2_400_000 },
        { Opcode.Write, true, 64 << 10 },
        { Opcode.QueryBadDiskRecoverProgress, true, 8 << 20 },
    };

    [Theory, MemberData(nameof(Table))]
    public void Data_up_to_the_limit_is_accepted_and_one_byte_more_is_not(Opcode opcode, bool isReply, uint bytesMax)
    {
        Assert.Equal(bytesMax, PacketLimits.DataBytesMax(opcode, isReply));
        var limits = isReply ? PacketLimits.Replies : PacketLimits.Requests;
        var header = Golden.Append.Header with { Opcode = opcode, Result = isReply ? ResultCode.Ok : ResultCode.None, ArgBytes = 0, Size = bytesMax };
        Assert.Equal(DecodeStatus.Complete, Read(header, limits));
        Assert.Equal(DecodeStatus.Malformed, Read(header with { Size = bytesMax + 1 }, limits));
        Assert.Equal(DecodeStatus.Malformed, Read(header with { Size = uint.MaxValue }, limits));
    }

    [Fact]
    public void Arg_has_a_limit_of_its_own()
    {
        var header = Golden.Append.Header with { ArgBytes = 64 << 10 };
        Assert.Equal(DecodeStatus.Complete, Read(header, PacketLimits.Requests));
        Assert.Equal(DecodeStatus.Malformed, Read(header with { ArgBytes = (64 << 10) + 1 }, PacketLimits.Requests));
        Assert.Equal(DecodeStatus.Malformed, Read(header, PacketLimits.Requests with { ArgBytesMax = 1024 }));
    }

    [Fact]
    public void A_read_may_ask_for_any_size_because_no_data_follow()
    {
        var header = Golden.Read.Header with { Opcode = Opcode.TinyExtentRepairRead, Size = uint.MaxValue };
        Assert.Equal(DecodeStatus.Complete, Read(header, PacketLimits.Requests));
        Assert.Equal(0u, header.DataBytes);
    }

    [Fact]
    public void A_read_that_pretends_to_be_answered_already_is_measured_by_its_data() =>
        Assert.Equal(DecodeStatus.Malformed, Read(Golden.Read.Header with { Result = ResultCode.Ok, Size = uint.MaxValue }, PacketLimits.Requests));

    [Fact]
    public void A_reply_without_result_is_measured_as_an_error_text() =>
        Assert.Equal(DecodeStatus.Malformed, Read(Golden.Read.Header with { Size = PacketLimits.TextBytesMax + 1 }, PacketLimits.Replies));

    [Fact]
    public void An_error_text_has_the_same_limit_for_every_opcode()
    {
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            var header = Golden.ReadError.Header with { Opcode = opcode, Size = PacketLimits.TextBytesMax };
            Assert.Equal(DecodeStatus.Complete, Read(header, PacketLimits.Replies));
            Assert.Equal(DecodeStatus.Malformed, Read(header with { Size = PacketLimits.TextBytesMax + 1 }, PacketLimits.Replies));
        }
    }

    [Fact]
    public void An_absurd_length_is_refused_before_the_rest_of_the_header_has_come()
    {
        var bytes = new byte[PacketHeader.BytesMax];
        (Golden.Append.Header with { Size = uint.MaxValue }).Write(bytes);
        Assert.Equal(DecodeStatus.Malformed, PacketHeader.TryRead(bytes.AsSpan(0, PacketHeader.BaseBytes), PacketLimits.Requests, out _, out _));
    }

    private static DecodeStatus Read(PacketHeader header, PacketLimits limits)
    {
        var bytes = new byte[PacketHeader.BytesMax];
        return PacketHeader.TryRead(bytes.AsSpan(0, header.Write(bytes)), limits, out _, out _);
    }
}
