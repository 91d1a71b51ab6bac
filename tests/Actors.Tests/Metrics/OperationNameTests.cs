using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

public sealed class OperationNameTests
{
    [Theory]
    [InlineData(0x03, "OpWrite")]
    [InlineData(0x04, "Read")]
    [InlineData(0x05, "OpStreamRead")]
    [InlineData(0x0A, "OpBroadcastMinAppliedID")]
    [InlineData(0x0F, "OpRandomWrite")]
    [InlineData(0xB3, "OpRandomWriteVer")]
    [InlineData(0xD6, "OpMarkDelete")]
    [InlineData(0x6D, "op_109_not_found")]
    [InlineData(0x57, "op_87_not_found")]
    public void Operations_have_the_names_of_CubeFS(byte opcode, string expected) => Assert.Equal(expected, OperationNames.Of((Opcode)opcode));

    [Fact]
    public void No_two_served_operations_share_a_name()
    {
        var served = Enum.GetValues<Opcode>().Where(opcode => opcode != Opcode.SplitMarkDelete).ToList(); // counted as a mark delete, as in CubeFS
        Assert.Equal(served.Count, served.Select(OperationNames.Of).Distinct().Count());
    }
}
