namespace CubeActors.Protocol.Tests;

public sealed class SmuxFrameTests
{
    public static TheoryData<string, SmuxFrame> Frames => new()
    {
        { "0100000003000000", new SmuxFrame(SmuxCommand.Open, 0, 3) },
        { "0102390003000000", new SmuxFrame(SmuxCommand.Push, 57, 3) },
        { "0102260003000000", new SmuxFrame(SmuxCommand.Push, 38, 3) },
        { "0102800003000000", new SmuxFrame(SmuxCommand.Push, 128, 3) },
        { "0101000003000000", new SmuxFrame(SmuxCommand.End, 0, 3) },
        { "0103000000000000", new SmuxFrame(SmuxCommand.KeepAlive, 0, 0) },
        { "0102008004030201", new SmuxFrame(SmuxCommand.Push, 32768, 0x01020304) },
        { "0102ffffffffffff", new SmuxFrame(SmuxCommand.Push, 65535, uint.MaxValue) },
    };

    [Theory, MemberData(nameof(Frames))]
    public void A_frame_is_read_and_written_byte_for_byte(string hex, SmuxFrame frame)
    {
        Assert.Equal(DecodeStatus.Complete, SmuxFrame.TryRead(Hex.Bytes(hex), out var read));
        Assert.Equal(frame, read);
        var written = new byte[SmuxFrame.Bytes];
        Assert.Equal(SmuxFrame.Bytes, frame.Write(written));
        Assert.Equal(Hex.Bytes(hex), written);
    }

    [Theory, MemberData(nameof(Frames))]
    public void A_frame_cut_at_any_byte_asks_for_more(string hex, SmuxFrame frame)
    {
        var bytes = Hex.Bytes(hex);
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            Assert.Equal(DecodeStatus.NeedMore, SmuxFrame.TryRead(bytes.AsSpan(0, cut), out var read));
            Assert.NotEqual(frame, read);
        }
    }

    [Theory]
    [InlineData("00")]
    [InlineData("02")]
    [InlineData("ff")]
    [InlineData("0104")]
    [InlineData("01ff")]
    [InlineData("0104000003000000")]
    [InlineData("0100010003000000")]
    [InlineData("0101010003000000")]
    [InlineData("0103010000000000")]
    public void Another_version_or_command_or_a_payload_where_none_may_be_is_refused(string hex) =>
        Assert.Equal(DecodeStatus.Malformed, SmuxFrame.TryRead(Hex.Bytes(hex), out _));
}
