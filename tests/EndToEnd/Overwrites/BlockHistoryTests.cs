namespace CubeActors.EndToEnd;

/// <summary>The bookkeeping of <see cref="OverwriteTrial"/>, without a cluster.</summary>
public sealed class BlockHistoryTests
{
    private static readonly BlockPlace Place = new(21, 1025, 8192);
    private static readonly byte[] Original = Enumerable.Range(0, StampedBlock.Bytes).Select(i => (byte)(i * 7)).ToArray();

    private readonly BlockHistory _history = new();

    private static byte[] Write(ulong sequence, BlockPlace? place = null)
    {
        var block = new byte[StampedBlock.Bytes];
        StampedBlock.Write(block, place ?? Place, sequence);
        return block;
    }

    private string? Fault(ReadOnlySpan<byte> block) => _history.FindFault(block, Place, Original);

    private void Acknowledge(int writes = 1)
    {
        for (var i = 0; i < writes; i++)
        {
            _history.Begin();
            _history.Acknowledge();
        }
    }

    private void GiveUp()
    {
        _history.Begin();
        _history.GiveUp();
    }

    [Fact]
    public void An_untouched_block_holds_what_was_there_before()
    {
        Assert.Null(Fault(Original));
        Assert.Equal("holds write 1, which was never sent", Fault(Write(1)));
        Assert.Equal("holds no write as a whole", Fault(new byte[StampedBlock.Bytes]));
    }

    [Fact]
    public void An_acknowledged_write_stays()
    {
        Acknowledge(3);
        Assert.Null(Fault(Write(3)));
        Assert.Equal("holds write 2, write 3 was acknowledged", Fault(Write(2)));
        Assert.Equal("holds write 4, which was never sent", Fault(Write(4)));
        Assert.Equal("holds what was there before all writes, write 3 was acknowledged", Fault(Original));
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_be_there_or_not()
    {
        GiveUp();
        Assert.Null(Fault(Original));
        Assert.Null(Fault(Write(1)));
        Acknowledge();
        GiveUp();
        GiveUp();
        Assert.Equal((2ul, 2ul), (_history.Acknowledged, _history.Unknown));
        foreach (var sequence in (ulong[])[2, 3, 4]) Assert.Null(Fault(Write(sequence)));
        Assert.NotNull(Fault(Write(1)));
        Assert.NotNull(Fault(Write(5)));
        Assert.NotNull(Fault(Original));
    }

    [Fact]
    public void A_write_that_never_ended_is_one_of_unknown_outcome()
    {
        Acknowledge();
        Assert.Equal(2ul, _history.Begin());
        Assert.Null(Fault(Write(1)));
        Assert.Null(Fault(Write(2)));
    }

    [Fact]
    public void An_acknowledged_write_settles_those_before_it()
    {
        GiveUp();
        GiveUp();
        Acknowledge();
        Assert.Equal(0ul, _history.Unknown);
        Assert.NotNull(Fault(Write(2)));
        Assert.Null(Fault(Write(3)));
    }

    [Fact]
    public void A_block_that_belongs_elsewhere_is_told_apart()
    {
        Acknowledge();
        foreach (var other in (BlockPlace[])[Place with { Partition = 22 }, Place with { Extent = 1026 }, Place with { Offset = 4096 }])
            Assert.Equal("holds write 1 of another place", Fault(Write(1, other)));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4095)]
    public void A_torn_block_is_told_apart(int cut)
    {
        Acknowledge(2);
        Assert.Equal("holds no write as a whole", Fault((byte[])[.. Write(2)[..cut], .. Write(1)[cut..]]));
        Assert.Equal("holds no write as a whole", Fault((byte[])[.. Write(2)[..cut], .. Original[cut..]]));
    }

    [Fact]
    public void One_changed_bit_anywhere_is_seen()
    {
        Acknowledge();
        var block = Write(1);
        for (var at = 0; at < StampedBlock.Bytes; at++)
        {
            block[at] ^= 0x10;
            Assert.NotNull(Fault(block));
            block[at] ^= 0x10;
        }

        Assert.Null(Fault(block));
    }

    [Fact]
    public void A_writer_that_does_not_wait_for_its_last_write_is_a_mistake_of_the_test()
    {
        _history.Begin();
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => _history.Begin());
        _history.GiveUp();
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(_history.Acknowledge);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(_history.GiveUp);
    }
}
