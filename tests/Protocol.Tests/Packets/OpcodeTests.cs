namespace CubeActors.Protocol.Tests;

public sealed class OpcodeTests
{
    private static readonly byte[] Reads = [0x04, 0x05, 0x06, 0x09, 0x14, 0x15, 0x17, 0x59];
    private static readonly byte[] MasterCommands = [0x60, 0x61, 0x62, 0x63, 0x66, 0x67, 0x68, 0x69, 0x6D, 0x6E, 0x6F, 0x80, 0x8A, 0x8B, 0xD5];
    private static readonly byte[] AdminButChecked = [0x6B, 0x6C, 0x8C];
    private static readonly byte[] RandomWrites = [0x0F, 0x12, 0xB1, 0xB2, 0xB3, 0xB4, 0xB6, 0xB7];
    private static readonly byte[] Appends = [0x03, 0x13];
    private static readonly byte[] Slow = [0x57, 0x58, 0x75, 0x76];

    [Fact]
    public void Every_number_of_the_protocol_has_a_name()
    {
        byte[] numbers =
        [
            .. Enumerable.Range(0x01, 10).Select(n => (byte)n), .. Enumerable.Range(0x0F, 10).Select(n => (byte)n), 0x57, 0x58, 0x59, 0x5A,
            .. Enumerable.Range(0x60, 16).Select(n => (byte)n), 0x75, 0x76, 0x80, 0x8A, 0x8B, 0x8C, .. Enumerable.Range(0xB1, 8).Select(n => (byte)n),
            0xD5, 0xD6, 0xF0, 0xFF,
        ];
        Assert.Equal(numbers.Order(), Enum.GetValues<Opcode>().Select(opcode => (byte)opcode).Order());
    }

    [Fact]
    public void Every_byte_belongs_to_the_groups_of_its_number_and_to_no_other()
    {
        for (var number = 0; number <= byte.MaxValue; number++)
        {
            var opcode = (Opcode)number;
            Assert.Equal(Reads.Contains((byte)number), Opcodes.IsRead(opcode));
            Assert.Equal(MasterCommands.Contains((byte)number), Opcodes.IsMasterCommand(opcode));
            Assert.Equal(MasterCommands.Concat(AdminButChecked).Contains((byte)number), Opcodes.IsAdmin(opcode));
            Assert.Equal(RandomWrites.Contains((byte)number), Opcodes.IsRandomWrite(opcode));
            Assert.Equal(Appends.Contains((byte)number), Opcodes.IsAppend(opcode));
            Assert.Equal(Slow.Contains((byte)number), Opcodes.IsSlowInChain(opcode));
            Assert.Equal(Opcodes.IsAdmin(opcode), ActionPrefixes.ForTask(opcode) is not null);
        }
    }

    [Fact]
    public void A_read_has_no_data_only_as_a_request()
    {
        Assert.True(Golden.Read.Header.IsRequestWithoutData);
        Assert.False(Golden.ReadError.Header.IsRequestWithoutData);
        Assert.False(Golden.Append.Header.IsRequestWithoutData);
        Assert.Equal(40u, Golden.ReadError.Header.DataBytes);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(1025, false)]
    public void The_extent_id_tells_tiny_from_normal(ulong id, bool tiny) => Assert.Equal(tiny, new ExtentId(id).IsTiny);
}
