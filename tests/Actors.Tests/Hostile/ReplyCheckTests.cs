using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>The comparison of an answer with its request: each field by itself.</summary>
public sealed class ReplyCheckTests
{
    private static readonly PacketHeader Request = new() { Opcode = Opcode.GetPartitionSize, Partition = new PartitionId(21), Extent = new ExtentId(1025), ExtentOffset = 4096, RequestId = 77, Crc = 9 };
    private static readonly ExpectedReply Expected = ExpectedReply.Single(Request, AnswerBytes.OneOrTwoNumbers);
    private static readonly PacketHeader Right = Request with { Result = ResultCode.Ok, Size = 16 };

    public static TheoryData<ReplyDoubts> Fields =>
    [
        ReplyDoubts.None, ReplyDoubts.RequestId, ReplyDoubts.Opcode, ReplyDoubts.Partition, ReplyDoubts.Extent, ReplyDoubts.Offset, ReplyDoubts.ResultCode, ReplyDoubts.Length, ReplyDoubts.Argument,
        ReplyDoubts.Crc,
    ];

    [Theory]
    [MemberData(nameof(Fields))]
    public void Each_field_alone_is_found_and_no_other(ReplyDoubts field) => Assert.Equal(field, ReplyCheck.Compare(Expected, Wrong(field)));

    [Fact]
    public void The_answer_to_something_else_has_all_of_its_doubts_at_once() => Assert.Equal(
        ReplyDoubts.RequestId | ReplyDoubts.Partition | ReplyDoubts.Extent | ReplyDoubts.Length,
        ReplyCheck.Compare(Expected, Right with { RequestId = 1, Partition = default, Extent = default, Size = 15 }));

    [Fact]
    public void An_error_answers_its_request_at_any_offset_and_with_any_text_but_not_under_other_ids()
    {
        var error = Right with { Result = ResultCode.NotExist, ExtentOffset = 0, Size = 300, ArgBytes = 5, Crc = 0 };
        Assert.Equal(ReplyDoubts.None, ReplyCheck.Compare(Expected, error));
        Assert.Equal(ReplyDoubts.RequestId, ReplyCheck.Compare(Expected, error with { RequestId = 78 }));
        Assert.Equal(ReplyDoubts.Opcode, ReplyCheck.Compare(Expected, error with { Opcode = Opcode.GetAppliedId }));
    }

    [Fact]
    public void Records_and_snapshot_streams_come_under_opcodes_of_their_own_and_their_errors_under_that_of_the_request()
    {
        var expected = new ExpectedReply(Request with { Opcode = Opcode.ReadTinyDeleteRecord }, Opcode.TinyDeleteRecordReply, Opcode.TinyDeleteRecordReply, 0, new AnswerBytes(24, 48, 24), 0, EchoesCrc: false);
        var records = Right with { Opcode = Opcode.TinyDeleteRecordReply, ExtentOffset = 0, Size = 24, Crc = 123 };
        Assert.Equal(ReplyDoubts.None, ReplyCheck.Compare(expected, records));
        Assert.Equal(ReplyDoubts.Opcode, ReplyCheck.Compare(expected, records with { Opcode = Opcode.ReadTinyDeleteRecord }));
        Assert.Equal(ReplyDoubts.None, ReplyCheck.Compare(expected, records with { Opcode = Opcode.ReadTinyDeleteRecord, Result = ResultCode.IntraGroupNetError }));
        Assert.Equal(ReplyDoubts.Length, ReplyCheck.Compare(expected, records with { Size = 25 }));
        Assert.Equal(ReplyDoubts.Length, ReplyCheck.Compare(expected, records with { Size = 72 }));
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void In_a_chain_the_same_fields_tell_but_those_of_the_data(ReplyDoubts field)
    {
        var isOfData = field is ReplyDoubts.ResultCode or ReplyDoubts.Length or ReplyDoubts.Argument;
        Assert.Equal(isOfData ? ReplyDoubts.None : field, ReplyCheck.CompareInChain(Request, Wrong(field)));
    }

    [Fact]
    public void Every_doubt_has_a_name_and_a_place_where_it_is_counted()
    {
        var counts = new ReplyMismatchCounts();
        foreach (var doubt in Enum.GetValues<ReplyDoubts>().Where(doubt => doubt != ReplyDoubts.None))
        {
            counts.Add(doubt);
            Assert.Equal(ReplyDoubtNames.All[ReplyDoubtNames.IndexOf(doubt)], ReplyDoubtNames.Of(doubt));
        }

        Assert.All(counts.ByDoubt, count => Assert.Equal(1, count));
        counts.Add(ReplyDoubts.Partition | ReplyDoubts.Crc);
        Assert.Equal((13, 2), (counts.Total, counts.ByDoubt[ReplyDoubtNames.IndexOf(ReplyDoubts.Partition)]));
        Assert.Equal("partition, crc", ReplyDoubtNames.Of(ReplyDoubts.Partition | ReplyDoubts.Crc));
    }

    [Fact]
    public void An_alert_has_both_sides_fields()
    {
        var alert = ReplyMismatch.Of("127.0.0.2:17310", ReplyDoubts.RequestId, Request, Right with { RequestId = 1 }).ToAlert();
        Assert.Equal((OperationAlertKind.ReplyMismatch, new PartitionId(21), 1025ul, "127.0.0.2:17310"), (alert.Kind, alert.Partition!.Value, alert.Extent, alert.Peer));
        Assert.StartsWith("request id: op 11 req 4d ", alert.Expected, StringComparison.Ordinal);
        Assert.StartsWith("op 11 req 1 ", alert.Got, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_that_a_repairing_node_of_CubeFS_gets_makes_it_retry_for_ever()
    {
        // It does so where the text of an error holds "timeout" (storage-and-repair 4.6).
        foreach (var text in typeof(ErrorTexts).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!))
            Assert.DoesNotContain("timeout", text, StringComparison.OrdinalIgnoreCase);
        foreach (var error in Enum.GetValues<Storage.StorageError>().Where(error => error is not (Storage.StorageError.None or Storage.StorageError.BlockDamaged)))
            Assert.DoesNotContain("timeout", StorageRefusals.Text(error, Request, 0), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null, 100L, 100L)]
    [InlineData(0L, 100L, 0L)]
    [InlineData(48L, 100L, 48L)]
    [InlineData(4800L, 100L, 100L)]
    public void The_log_of_deletes_ends_for_others_where_they_were_told_that_it_does(long? announced, long log, long end)
    {
        var announcement = new RecordAnnouncement();
        if (announced is { } bytes) announcement.Set(bytes);
        Assert.Equal(end, announcement.End(log));
    }

    private static PacketHeader Wrong(ReplyDoubts field) => field switch
    {
        ReplyDoubts.RequestId => Right with { RequestId = 76 },
        ReplyDoubts.Opcode => Right with { Opcode = Opcode.GetAppliedId },
        ReplyDoubts.Partition => Right with { Partition = new PartitionId(22) },
        ReplyDoubts.Extent => Right with { Extent = new ExtentId(1026) },
        ReplyDoubts.Offset => Right with { ExtentOffset = 0 },
        ReplyDoubts.ResultCode => Right with { Result = ResultCode.None, Size = 16 },
        ReplyDoubts.Length => Right with { Size = 9 },
        ReplyDoubts.Argument => Right with { ArgBytes = 17 },
        ReplyDoubts.Crc => Right with { Crc = 8 },
        _ => Right,
    };
}
