using System.Text;
using CubeActors.Protocol.Master;

namespace CubeActors.Protocol.Tests;

public sealed class RaftCommandTests
{
    private static readonly RandomWriteCommand Command = new(Opcode.RandomWrite, new ExtentId(1025), 1, 4, 0xdb1720a5);
    private const string RepairingJson =
        """{"op":140,"k":"c2V0UmVwYWlyaW5nU3RhdHVz","v":"eyJQYXJ0aXRpb25JZCI6MTAxLCJSZXBhaXJpbmdTdGF0dXMiOmZhbHNlfQ=="}""";

    [Fact]
    public void An_overwrite_is_read_and_written_byte_for_byte()
    {
        Assert.Equal(RaftCommandKind.RandomWrite, RaftCommand.KindOf(Golden.OverwriteCommand));
        Assert.Equal(DecodeStatus.Complete, RandomWriteCommand.TryRead(Golden.OverwriteCommand, out var command));
        Assert.Equal(Command, command);
        Assert.Equal("ABCD"u8.ToArray(), Golden.OverwriteCommand[RandomWriteCommand.HeaderBytes..]);
        var written = new byte[RandomWriteCommand.HeaderBytes];
        Assert.Equal(RandomWriteCommand.HeaderBytes, command.WriteHeader(written));
        Assert.Equal(Golden.OverwriteCommand[..RandomWriteCommand.HeaderBytes], written);
    }

    [Fact]
    public void A_captured_overwrite_of_4_KiB_reads_as_what_the_client_sent()
    {
        byte[] captured = [.. Hex.Bytes("000000ff0f000000000000040200000000000000000000000000001000c71c0011"), .. new byte[4096]];
        Assert.Equal(DecodeStatus.Complete, RandomWriteCommand.TryRead(captured, out var command));
        Assert.Equal(new RandomWriteCommand(Opcode.RandomWrite, new ExtentId(1026), 0, 4096, 0xc71c0011), command);
    }

    [Fact]
    public void An_overwrite_cut_at_any_byte_asks_for_more()
    {
        for (var cut = 0; cut < Golden.OverwriteCommand.Length; cut++)
            Assert.Equal(DecodeStatus.NeedMore, RandomWriteCommand.TryRead(Golden.OverwriteCommand.AsSpan(0, cut), out _));
    }

    [Fact]
    public void An_empty_overwrite_is_complete_without_data()
    {
        var bytes = new byte[RandomWriteCommand.HeaderBytes];
        var empty = new RandomWriteCommand(Opcode.RandomWrite, default, 0, 0, 0);
        empty.WriteHeader(bytes);
        Assert.Equal(DecodeStatus.Complete, RandomWriteCommand.TryRead(bytes, out var command));
        Assert.Equal(empty, command);
    }

    [Fact]
    public void An_overwrite_with_an_impossible_field_is_refused()
    {
        foreach (var bad in new[] { Command with { Offset = -1 }, Command with { Size = -1 }, Command with { Opcode = Opcode.Write }, Command with { Opcode = 0 } })
        {
            var bytes = Golden.OverwriteCommand.ToArray();
            bad.WriteHeader(bytes);
            Assert.Equal(DecodeStatus.Malformed, RandomWriteCommand.TryRead(bytes, out _));
        }
        Assert.Equal(DecodeStatus.Malformed, RandomWriteCommand.TryRead(Encoding.UTF8.GetBytes(RepairingJson), out _));
    }

    [Fact]
    public void A_size_beyond_any_buffer_only_asks_for_more()
    {
        var bytes = Golden.OverwriteCommand.ToArray();
        (Command with { Size = long.MaxValue }).WriteHeader(bytes);
        Assert.Equal(DecodeStatus.NeedMore, RandomWriteCommand.TryRead(bytes, out _));
    }

    [Fact]
    public void The_repairing_status_is_read_and_written_byte_for_byte()
    {
        var bytes = Encoding.UTF8.GetBytes(RepairingJson);
        Assert.Equal(RaftCommandKind.Control, RaftCommand.KindOf(bytes));
        Assert.True(ControlCommand.TryRead(bytes, out var command));
        Assert.Equal("setRepairingStatus"u8.ToArray(), command.Key);
        Assert.True(command.TryReadRepairingStatus(out var request));
        Assert.Equal(new SetRepairingStatusRequest { PartitionId = new PartitionId(101), RepairingStatus = false }, request);
        Assert.Equal(RepairingJson, Encoding.UTF8.GetString(ControlCommand.SetRepairingStatus(request)));
    }

    [Theory]
    [InlineData("""{"op":184,"k":"dmVyc2lvbg==","v":"e30="}""", true)]
    [InlineData("""{"op":1,"k":null,"v":null}""", true)]
    [InlineData("""{"OP":140}""", true)]
    [InlineData("""{"op":-1}""", false)]
    [InlineData("""{"op":140,"v":"%%%"}""", false)]
    [InlineData("""{"op":140""", false)]
    [InlineData("null", false)]
    public void Another_command_is_read_but_is_no_repairing_status(string json, bool readable)
    {
        Assert.Equal(readable, ControlCommand.TryRead(Encoding.UTF8.GetBytes(json), out var command));
        Assert.False(command.TryReadRepairingStatus(out _));
    }

    [Fact]
    public void Less_than_four_bytes_are_no_command()
    {
        for (var bytes = 0; bytes < 4; bytes++) Assert.Equal(RaftCommandKind.Damaged, RaftCommand.KindOf(new byte[bytes]));
    }
}
