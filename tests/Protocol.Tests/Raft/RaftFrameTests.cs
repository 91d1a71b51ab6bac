using System.Buffers.Binary;

namespace CubeActors.Protocol.Tests;

public sealed class RaftFrameTests
{
    private const int BodyBytesMax = 4 * 1024 * 1024;
    private const int VersionAt = 4, TypeAt = 5, ForceAt = 6, RejectAt = 7, EntryCountAt = 72, EntrySizeAt = 76, EntryTypeAt = 80, EntryIndexAt = 89;

    public static TheoryData<byte[], RaftMessage> PlainMessages => new()
    {
        { RaftGolden.PreVote, RaftGolden.Of(RaftMessageType.PreVote, RaftGolden.Three, RaftGolden.Two, 8) with { LogTerm = 6, Index = 42 } },
        { RaftGolden.PreVoteReply, RaftGolden.Of(RaftMessageType.PreVoteReply, RaftGolden.Two, RaftGolden.Three, 7) },
        { RaftGolden.Vote, RaftGolden.Of(RaftMessageType.Vote, RaftGolden.Three, RaftGolden.Two, 8) with { LogTerm = 6, Index = 42 } },
        { Forced(RaftGolden.Vote), RaftGolden.Of(RaftMessageType.Vote, RaftGolden.Three, RaftGolden.Two, 8) with { LogTerm = 6, Index = 42, IsForced = true } },
        { RaftGolden.VoteReply, RaftGolden.Of(RaftMessageType.VoteReply, RaftGolden.Two, RaftGolden.Three, 8) },
        { Rejected(RaftGolden.VoteReply), RaftGolden.Of(RaftMessageType.VoteReply, RaftGolden.Two, RaftGolden.Three, 8) with { IsRejected = true } },
        { RaftGolden.AppendReply, RaftGolden.Of(RaftMessageType.AppendReply, RaftGolden.Two, RaftGolden.Three, 8) with { Index = 44, Commit = 43 } },
        {
            RaftGolden.AppendReject,
            RaftGolden.Of(RaftMessageType.AppendReply, RaftGolden.Two, RaftGolden.Three, 8) with
            {
                IsRejected = true, RejectHint = 40, LogTerm = 6, Index = 43, Commit = 40,
            }
        },
    };

    [Theory]
    [MemberData(nameof(PlainMessages))]
    public void A_message_without_entries_is_read_and_written_byte_for_byte(byte[] bytes, RaftMessage message)
    {
        var frame = Read(bytes);
        Assert.Equal(RaftFrameContent.Message, frame.Content);
        Assert.Equal(message, frame.Message);
        Assert.Equal((byte)message.Type, frame.TypeNumber);
        Assert.Equal(0, frame.Entries.Count);
        var written = new byte[RaftFrame.MessageBytes];
        Assert.Equal(RaftFrame.MessageBytes, RaftFrame.Write(written, message));
        Assert.Equal(bytes, written);
    }

    [Fact]
    public void An_append_is_read_in_place_and_written_byte_for_byte()
    {
        const int origin = 1000;
        Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(RaftGolden.Append, BodyBytesMax, origin, out var frame));
        Assert.Equal(RaftGolden.AppendMessage, frame.Message);
        Assert.Equal(1, frame.Entries.Count);
        var header = new RaftEntryHeader(RaftEntryType.Normal, 8, 44, RaftGolden.AppendDataBytes);
        foreach (var entry in frame.Entries)
        {
            Assert.Equal(header, entry.Header);
            Assert.Equal(origin + RaftGolden.AppendDataStart, entry.DataStart);
            Assert.Equal(RaftGolden.Append[RaftGolden.AppendDataStart..], entry.Data);
            Assert.Equal(DecodeStatus.Complete, RandomWriteCommand.TryRead(entry.Data, out var command));
            Assert.Equal(new RandomWriteCommand(Opcode.RandomWrite, new ExtentId(1025), 4096, 5, 0x3610a686), command);
        }

        var written = new byte[RaftGolden.Append.Length];
        var at = RaftFrame.WriteAppend(written, frame.Message, 1, RaftEntryHeader.SizedBytes + header.DataBytes);
        at += header.WriteSized(written.AsSpan(at));
        RaftGolden.Append.AsSpan(RaftGolden.AppendDataStart).CopyTo(written.AsSpan(at));
        Assert.Equal(RaftGolden.Append, written);
    }

    [Fact]
    public void Heartbeats_are_read_and_written_byte_for_byte()
    {
        RoundTrip(RaftGolden.Heartbeat, RaftGolden.HeartbeatMessage, [101, 102, 300]);
        RoundTrip(RaftGolden.HeartbeatReply, RaftGolden.HeartbeatReplyMessage, [101, 300]);

        static void RoundTrip(byte[] bytes, RaftMessage message, ulong[] ids)
        {
            var frame = Read(bytes);
            Assert.Equal(message, frame.Message);
            Assert.Equal(ids, HeartbeatGroupsTests.List(frame.Groups));
            PartitionId[] groups = [.. ids.Select(id => new PartitionId(id))];
            var written = new byte[RaftFrame.HeartbeatBytes(groups)];
            Assert.Equal(written.Length, RaftFrame.WriteHeartbeat(written, message, groups));
            Assert.Equal(bytes, written);
        }
    }

    [Fact]
    public void A_heartbeat_with_a_term_or_a_group_is_never_written()
    {
        var bytes = new byte[RaftFrame.MessageBytes];
        Assert.Throws<Runtime.InvariantViolationException>(() => RaftFrame.WriteHeartbeat(bytes, RaftGolden.HeartbeatReplyMessage with { Term = 1 }, []));
        Assert.Throws<Runtime.InvariantViolationException>(() => RaftFrame.WriteHeartbeat(bytes, RaftGolden.HeartbeatMessage with { Group = RaftGolden.Group }, []));
        Assert.Throws<Runtime.InvariantViolationException>(() => RaftFrame.WriteHeartbeat(bytes, RaftGolden.AppendMessage, []));
    }

    [Fact]
    public void A_snapshot_is_read_and_written_byte_for_byte()
    {
        var frame = Read(RaftGolden.Snapshot);
        Assert.Equal(RaftFrameContent.Snapshot, frame.Content);
        Assert.Equal(RaftGolden.SnapshotMessage, frame.Message);
        Assert.Equal(new LogPosition(Term: 8, Index: 44), frame.SnapshotAt);
        NodeId[] members = [RaftGolden.One, RaftGolden.Two, RaftGolden.Three];
        Assert.Equal(members, frame.SnapshotMembers.ToArray());
        var written = new byte[RaftFrame.SnapshotBytes(members.Length)];
        Assert.Equal(written.Length, RaftFrame.WriteSnapshot(written, RaftGolden.SnapshotMessage, new LogPosition(8, 44), members));
        Assert.Equal(RaftGolden.Snapshot, written);
    }

    [Fact]
    public void A_frame_cut_at_any_byte_asks_for_more()
    {
        foreach (var bytes in RaftGolden.All)
        {
            for (var cut = 0; cut < bytes.Length; cut++)
                Assert.Equal(DecodeStatus.NeedMore, RaftFrame.TryRead(bytes.AsSpan(0, cut), BodyBytesMax, 0, out _));
            Assert.Equal(DecodeStatus.Complete, RaftFrame.TryReadLength(bytes.AsSpan(0, RaftFrame.LengthBytes), BodyBytesMax, out var frameBytes));
            Assert.Equal(bytes.Length, frameBytes);
            Assert.Equal(bytes.Length, Read([.. bytes, .. bytes]).Bytes);
        }
    }

    [Fact]
    public void A_body_that_is_shorter_than_it_announces_is_malformed_at_every_length_but_none()
    {
        foreach (var golden in new[] { RaftGolden.Vote, RaftGolden.Append, RaftGolden.Snapshot })
        {
            for (var length = 1; length < golden.Length - RaftFrame.LengthBytes; length++)
            {
                var bytes = golden.ToArray();
                BinaryPrimitives.WriteInt32BigEndian(bytes, length);
                Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(bytes, BodyBytesMax, 0, out _));
            }
        }
    }

    [Fact]
    public void A_changed_byte_never_makes_the_reader_throw()
    {
        var random = new Random(7);
        foreach (var golden in RaftGolden.All)
        {
            for (var at = 0; at < golden.Length; at++)
            {
                for (var i = 0; i < 8; i++)
                {
                    var bytes = golden.ToArray();
                    bytes[at] = (byte)random.Next(256);
                    if (RaftFrame.TryRead(bytes, BodyBytesMax, 0, out var frame) != DecodeStatus.Complete) continue;
                    foreach (var entry in frame.Entries) Assert.Equal(entry.Header.DataBytes, entry.Data.Length);
                    HeartbeatGroupsTests.List(frame.Groups);
                    frame.SnapshotMembers.ToArray();
                }
            }
        }
    }

    [Fact]
    public void The_force_flag_means_nothing_outside_of_votes()
    {
        Assert.False(Read(Forced(RaftGolden.Append)).Message.IsForced);
        Assert.False(Read(Forced(RaftGolden.AppendReply)).Message.IsForced);
        Assert.True(Read(Forced(RaftGolden.PreVote)).Message.IsForced);
        Assert.False(Read(With(RaftGolden.Vote, ForceAt, 2)).Message.IsForced);
        Assert.False(Read(With(RaftGolden.VoteReply, RejectAt, 2)).Message.IsRejected);
    }

    [Fact]
    public void Another_version_is_skipped_whatever_its_length()
    {
        Assert.Equal(RaftFrameContent.OtherVersion, Read(With(RaftGolden.Append, VersionAt, 2)).Content);
        byte[] short1 = [0, 0, 0, 1, 2];
        Assert.Equal(RaftFrameContent.OtherVersion, Read(short1).Content);
        Assert.Equal(short1.Length, Read(short1).Bytes);
    }

    [Fact]
    public void A_frame_of_length_zero_is_empty_and_four_bytes_long()
    {
        var frame = Read([0, 0, 0, 0, 1]);
        Assert.Equal(RaftFrameContent.Empty, frame.Content);
        Assert.Equal(RaftFrame.LengthBytes, frame.Bytes);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(16)]
    [InlineData(99)]
    [InlineData(255)]
    public void A_type_that_never_crosses_the_wire_is_told_apart_and_never_written(byte type)
    {
        var frame = Read(With(RaftGolden.Append, TypeAt, type));
        Assert.Equal(RaftFrameContent.OtherType, frame.Content);
        Assert.Equal(type, frame.TypeNumber);
        var message = RaftGolden.AppendMessage with { Type = (RaftMessageType)type };
        Assert.Throws<Runtime.InvariantViolationException>(() => RaftFrame.Write(new byte[RaftFrame.MessageBytes], message));
    }

    [Fact]
    public void A_length_beyond_the_limit_is_malformed_at_its_fourth_byte()
    {
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead([0x10, 0, 0, 1], int.MaxValue, 0, out _)); // 256 MiB + 1
        Assert.Equal(DecodeStatus.NeedMore, RaftFrame.TryRead([0x10, 0, 0, 0], int.MaxValue, 0, out _));
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(RaftGolden.Append, 130, 0, out _));
        Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(RaftGolden.Append, 131, 0, out _));
    }

    [Theory]
    [InlineData(EntryCountAt, 0xff)]    // 4 billion entries
    [InlineData(EntryCountAt + 3, 2)]   // one more than there are
    [InlineData(EntrySizeAt, 0xff)]     // an entry longer than the frame
    [InlineData(EntrySizeAt + 3, 56)]   // by one byte
    [InlineData(EntrySizeAt + 3, 16)]   // shorter than its header
    [InlineData(EntryTypeAt, 2)]        // a type that no peer writes
    [InlineData(EntryIndexAt + 7, 45)]  // not message.index + 1
    public void An_append_with_a_wrong_entry_is_malformed(int at, byte value) =>
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(With(RaftGolden.Append, at, value), BodyBytesMax, 0, out _));

    [Fact]
    public void Entries_must_follow_each_other_without_a_gap()
    {
        Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(AppendOf(43, 44, 45, 46), BodyBytesMax, 0, out var frame));
        var indexes = new List<ulong>();
        foreach (var entry in frame.Entries) indexes.Add(entry.Header.Index);
        Assert.Equal([44UL, 45, 46], indexes);
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(AppendOf(43, 44, 46), BodyBytesMax, 0, out _));
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(AppendOf(43, 44, 44), BodyBytesMax, 0, out _));
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(AppendOf(ulong.MaxValue, 0), BodyBytesMax, 0, out _));
        Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(AppendOf(ulong.MaxValue - 1, ulong.MaxValue), BodyBytesMax, 0, out _));
    }

    [Fact]
    public void An_append_without_entries_is_complete()
    {
        Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(AppendOf(43), BodyBytesMax, 0, out var frame));
        Assert.Equal(0, frame.Entries.Count);
    }

    [Fact]
    public void A_snapshot_whose_member_count_does_not_fit_its_length_is_malformed()
    {
        const int membersAt = 88;
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(With(RaftGolden.Snapshot, membersAt + 3, 2), BodyBytesMax, 0, out _));
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(With(RaftGolden.Snapshot, membersAt, 0xff), BodyBytesMax, 0, out _));
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        var written = new byte[RaftGolden.Append.Length];
        Work(written);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Work(written);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Work(Span<byte> written)
        {
            RaftFrame.TryRead(RaftGolden.Append, BodyBytesMax, 0, out var append);
            foreach (var entry in append.Entries) entry.Header.WriteSized(written);
            RaftFrame.WriteAppend(written, append.Message, 1, 59);
            RaftFrame.TryRead(RaftGolden.Heartbeat, BodyBytesMax, 0, out var heartbeat);
            foreach (var group in heartbeat.Groups) RaftFrame.WriteHeartbeat(written, heartbeat.Message, [group]);
            RaftFrame.TryRead(RaftGolden.Snapshot, BodyBytesMax, 0, out _);
        }
    }

    /// <summary>An append of empty entries with these indexes.</summary>
    private static byte[] AppendOf(ulong previous, params ulong[] indexes)
    {
        var bytes = new byte[RaftFrame.MessageBytes + (indexes.Length * RaftEntryHeader.SizedBytes)];
        var at = RaftFrame.WriteAppend(bytes, RaftGolden.AppendMessage with { Index = previous }, indexes.Length, bytes.Length - RaftFrame.MessageBytes);
        foreach (var index in indexes) at += new RaftEntryHeader(RaftEntryType.Normal, 8, index, 0).WriteSized(bytes.AsSpan(at));
        return bytes;
    }

    private static RaftFrame Read(byte[] bytes)
    {
        Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(bytes, BodyBytesMax, 0, out var frame));
        return frame;
    }

    private static byte[] Forced(byte[] golden) => With(golden, ForceAt, 1);
    private static byte[] Rejected(byte[] golden) => With(golden, RejectAt, 1);

    private static byte[] With(byte[] golden, int at, byte value)
    {
        var bytes = golden.ToArray();
        bytes[at] = value;
        return bytes;
    }
}
