namespace CubeActors.Protocol.Tests;

public sealed class HeartbeatGroupsTests
{
    public static TheoryData<ulong[], string> Lists => new()
    {
        { [], "" },
        { [0], "00" },
        { [1], "01" },
        { [127, 128], "7f 01" },
        { [128], "80 01" },
        { [101, 102, 300], "65 01 c6 01" },
        { [1UL << 63], "80 80 80 80 80 80 80 80 80 01" },
        { [0, ulong.MaxValue], "00 ff ff ff ff ff ff ff ff ff 01" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_list_is_read_and_written_byte_for_byte(ulong[] ids, string hex)
    {
        var bytes = Hex.Bytes(hex);
        Assert.True(HeartbeatGroups.TryRead(bytes, out var groups));
        Assert.Equal(ids.Length == 0, groups.IsEmpty);
        Assert.Equal(ids, List(groups));
        PartitionId[] ascending = [.. ids.Select(id => new PartitionId(id))];
        var written = new byte[HeartbeatGroups.BytesMax(ids.Length)];
        Assert.Equal(bytes.Length, HeartbeatGroups.Write(ascending, written));
        Assert.Equal(bytes, written[..bytes.Length]);
        Assert.Equal(bytes.Length, HeartbeatGroups.BytesOf(ascending));
    }

    [Fact]
    public void Ten_thousand_ids_round_trip()
    {
        var random = new Random(55);
        var id = 0UL;
        PartitionId[] ascending = [.. Enumerable.Range(0, 10_000).Select(_ => new PartitionId(id += (ulong)random.NextInt64(1, 100_000)))];
        var bytes = new byte[HeartbeatGroups.BytesOf(ascending)];
        Assert.Equal(bytes.Length, HeartbeatGroups.Write(ascending, bytes));
        Assert.True(HeartbeatGroups.TryRead(bytes, out var groups));
        Assert.Equal(ascending.Select(group => group.Value), List(groups));
    }

    [Theory]
    [InlineData("80")]                                  // cut off: a Go node loops for ever here
    [InlineData("65 01 c6")]
    [InlineData("ff ff ff ff ff ff ff ff ff ff ff")]    // longer than any number
    [InlineData("80 80 80 80 80 80 80 80 80 02")]       // bit 64
    [InlineData("80 80 80 80 80 80 80 80 80 80 00")]
    [InlineData("65 00")]                               // the same id twice
    [InlineData("ff ff ff ff ff ff ff ff ff 01 01")]    // beyond 64 bits in sum
    public void A_list_that_is_no_list_is_refused(string hex) => Assert.False(HeartbeatGroups.TryRead(Hex.Bytes(hex), out _));

    [Fact]
    public void A_heartbeat_whose_list_is_cut_off_is_malformed()
    {
        var bytes = RaftGolden.Heartbeat.ToArray();
        bytes[^1] = 0x80;
        Assert.Equal(DecodeStatus.Malformed, RaftFrame.TryRead(bytes, 1024, 0, out _));
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(8, 7)]
    public void Ids_that_do_not_ascend_are_never_written(ulong first, ulong second) =>
        Assert.Throws<ArgumentException>(() => HeartbeatGroups.Write([new PartitionId(first), new PartitionId(second)], new byte[32]));

    internal static List<ulong> List(HeartbeatGroups groups)
    {
        var ids = new List<ulong>();
        foreach (var group in groups) ids.Add(group.Value);
        return ids;
    }
}
