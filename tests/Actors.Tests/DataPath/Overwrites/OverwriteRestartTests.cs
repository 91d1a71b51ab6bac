using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>A node that was stopped and started again has every overwrite that it answered, and goes on with the next.</summary>
public sealed class OverwriteRestartTests : OverwriteTest
{
    [Fact]
    public async Task Overwritten_bytes_and_the_applied_id_are_kept()
    {
        foreach (var opcode in (Opcode[])[Opcode.RandomWrite, Opcode.SyncRandomWrite, Opcode.RandomWriteVersion, Opcode.SyncRandomWriteVersion])
            ExpectOk(await Peer.AskAsync(Requests.Overwrite(opcode, Partition, Extent, (byte)opcode, 10, [(byte)opcode])));
        var applied = Node.GateOf(Partition).Machine.Applied;

        for (var restart = 0; restart < 2; restart++)
        {
            await RestartAsync();
            Assert.Equal(applied, Node.GateOf(Partition).Machine.Applied);
            foreach (var at in (byte[])[0x0F, 0x12, 0xB3, 0xB4]) Assert.Equal([at], await ReadAsync(Extent, at, 1));
        }

        using var client = await Node.ConnectAsync();
        ExpectOk(await client.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 11, "Z"u8.ToArray())));
        Assert.Equal("Za"u8.ToArray(), (await client.AskAsync(Requests.LeaderRead(Partition, Extent, 0, 2, 12))).Data);
    }
}
