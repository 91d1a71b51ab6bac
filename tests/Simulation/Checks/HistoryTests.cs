namespace CubeActors.Simulation;

public sealed class HistoryTests
{
    private static Operation Write(ulong value, long start, long end, int block = 0) => new(block, IsWrite: true, value, start, end);

    private static Operation Read(ulong value, long start, long end, int block = 0) => new(block, IsWrite: false, value, start, end);

    [Fact]
    public void Reads_that_follow_the_writes_have_an_order() =>
        Assert.Null(History.Explain([Read(0, 1, 2), Write(1, 3, 4), Read(1, 5, 6), Write(2, 7, 8), Read(2, 9, 10)]));

    [Fact]
    public void A_read_beside_a_write_may_see_it_or_not()
    {
        Assert.Null(History.Explain([Write(1, 1, 9), Read(0, 2, 3), Read(1, 4, 5)]));
        Assert.NotNull(History.Explain([Write(1, 1, 9), Read(1, 2, 3), Read(0, 4, 5)])); // seen, and then not any more
    }

    [Fact]
    public void A_write_without_an_answer_may_be_seen_late_or_never()
    {
        Assert.Null(History.Explain([Write(1, 1, Operation.Never), Read(0, 2, 3)]));
        Assert.Null(History.Explain([Write(1, 1, Operation.Never), Write(2, 2, 3), Read(2, 4, 5), Read(1, 6, 7)]));
        Assert.NotNull(History.Explain([Write(1, 1, Operation.Never), Read(1, 2, 3), Write(2, 4, 5), Read(1, 6, 7)])); // once seen it cannot come again
    }

    [Fact]
    public void A_read_of_what_an_answered_write_replaced_has_no_order() =>
        Assert.NotNull(History.Explain([Write(1, 1, 2), Write(2, 3, 4), Read(1, 5, 6)]));

    [Fact]
    public void A_lost_write_has_no_order() => Assert.NotNull(History.Explain([Write(1, 1, 2), Read(0, 3, 4)]));

    [Fact]
    public void A_value_from_nowhere_or_from_the_future_has_no_order()
    {
        Assert.NotNull(History.Explain([Read(7, 1, 2)]));
        Assert.NotNull(History.Explain([Read(1, 1, 2), Write(1, 3, 4)]));
    }

    [Fact]
    public void Two_readers_may_not_see_two_writes_in_two_orders() =>
        Assert.NotNull(History.Explain([Write(1, 1, 20), Write(2, 1, 20), Read(1, 2, 3), Read(2, 4, 5), Read(1, 6, 7)]));

    [Fact]
    public void Blocks_do_not_touch_each_other()
    {
        Assert.Null(History.Explain([Write(1, 1, 2), Read(0, 3, 4, block: 1)]));
        Assert.NotNull(History.Explain([Write(1, 1, 2), Read(1, 3, 4, block: 1)]));
    }
}
