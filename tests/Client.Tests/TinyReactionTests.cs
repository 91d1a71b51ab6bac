using CubeActors.Protocol;

namespace CubeActors.Client.Tests;

/// <summary>Objects up to 1 MiB go to tiny extents, and to normal ones where that is refused.</summary>
public sealed class TinyReactionTests
{
    private static readonly byte[] Content = ClientWorld.Content(700_001);

    [Theory]
    [MemberData(nameof(AppendReactionTests.AllErrorCodes), MemberType = typeof(AppendReactionTests))]
    public async Task A_refused_tiny_write_becomes_one_normal_write_of_the_same_packet(byte code)
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 1, FaultKind.Refuse, (ResultCode)code));
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
        var writes = world.Nodes.SelectMany(node => node.Received).Where(header => header.Opcode == Opcode.Write).ToList();
        Assert.Single(writes.Select(header => (header.RequestId, header.Crc, header.Size)).Distinct());
        var keepsTiny = code is 0xB1 or 0xF9;
        Assert.Equal(keepsTiny, new ExtentId(world.Master.Objects["o"].Extents.Single().ExtentId).IsTiny);
    }

    [Theory]
    [InlineData((int)FaultKind.Close)]
    [InlineData((int)FaultKind.ApplyThenClose)]
    [InlineData((int)FaultKind.ApplyThenRefuse)]
    [InlineData((int)FaultKind.CloseWithinReply)]
    [InlineData((int)FaultKind.WrongRequestId)]
    [InlineData((int)FaultKind.WrongOpcode)]
    [InlineData((int)FaultKind.WrongPartition)]
    [InlineData((int)FaultKind.WrongCrc)]
    [InlineData((int)FaultKind.ExtentZero)]
    [InlineData((int)FaultKind.UnalignedSlot)]
    [InlineData((int)FaultKind.Garbage)]
    [InlineData((int)FaultKind.UnaskedData)]
    public async Task A_slot_is_believed_only_from_a_reply_that_fits(int kind)
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 1, (FaultKind)kind));
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
        Assert.False(new ExtentId(world.Master.Objects["o"].Extents.Single().ExtentId).IsTiny);
    }

    [Fact]
    public async Task A_partition_without_tiny_extents_is_asked_once_and_takes_normal_ones_meanwhile()
    {
        await using var world = new ClientWorld();
        foreach (var partition in world.Partitions) partition.HasTiny = false;
        for (var i = 0; i < 20; i++) await world.PutAsync($"o{i}", Content);
        var tiny = world.Nodes.SelectMany(node => node.Received).Count(header => header.Opcode == Opcode.Write && !header.IsNormalExtent);
        Assert.Equal(3, tiny);
        Assert.Equal(3, world.Master.Objects.Values.SelectMany(found => found.Extents).Select(piece => piece.PartitionId).Distinct().Count());
        Assert.Equal(1, world.Master.Views);
    }

    [Fact]
    public async Task Overload_ends_the_put_after_128_errors()
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 1, FaultKind.Refuse, ResultCode.LimitedIo, ErrorTexts.LimitedIo, Last: int.MaxValue));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.PutAsync("o", Content));
        Assert.Contains("limited io error", failure.Message);
        Assert.Equal(129, world.CountReceived(Opcode.Write));
    }

    [Fact]
    public async Task Two_objects_lie_in_slots_of_their_own()
    {
        await using var world = new ClientWorld(partitions: 1);
        await world.PutAsync("a", ClientWorld.Content(5, 1));
        await world.PutAsync("b", ClientWorld.Content(5, 2));
        world.AssertStored("a", ClientWorld.Content(5, 1));
        world.AssertStored("b", ClientWorld.Content(5, 2));
        Assert.Equal([0L, 4096L], world.Master.Objects.Values.Select(found => found.Extents.Single().ExtentOffset));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1048575)]
    [InlineData(1048576)]
    [InlineData(1048577)]
    [InlineData(3_000_000)]
    public async Task A_source_that_does_not_know_its_size_is_stored_all_the_same(int bytes)
    {
        await using var world = new ClientWorld();
        var content = ClientWorld.Content(bytes);
        await world.Objects.PutAsync("o", new Trickle(content));
        world.AssertStored("o", content);
        Assert.Equal(content, await world.GetAsync("o"));
        Assert.Equal(bytes is > 0 and <= 1048576, world.Master.Objects["o"].Extents.Any(piece => new ExtentId(piece.ExtentId).IsTiny));
    }

    /// <summary>A stream that cannot seek and gives little at a time.</summary>
    private sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 50_000)], cancellationToken);
    }
}
