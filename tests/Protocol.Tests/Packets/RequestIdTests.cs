namespace CubeActors.Protocol.Tests;

public sealed class RequestIdTests
{
    [Fact]
    public void The_first_number_is_the_start_second_shifted_plus_two()
    {
        var generator = new RequestIdGenerator(0x67748580);
        Assert.Equal(Golden.FirstRequest, generator.Next());
        Assert.Equal(Golden.FirstRequest + 1, generator.Next());
    }

    [Fact]
    public void Raising_the_start_never_takes_a_number_back()
    {
        var generator = new RequestIdGenerator(100);
        var before = generator.Next();
        generator.RaiseTo(50);
        Assert.Equal(before + 1, generator.Next());
        generator.RaiseTo(200);
        Assert.Equal((200L << 32) + 2, generator.Next());
    }

    [Fact]
    public void Threads_never_get_the_same_number()
    {
        var generator = new RequestIdGenerator(1);
        var numbers = new long[4][];
        Parallel.For(0, numbers.Length, part => numbers[part] = [.. Enumerable.Range(0, 10_000).Select(_ => generator.Next())]);
        Assert.Equal(40_000, numbers.SelectMany(part => part).Distinct().Count());
    }

    [Fact]
    public void The_process_counts_up()
    {
        var first = RequestIds.Next();
        RequestIds.StartFrom(1);
        Assert.True(RequestIds.Next() > first);
    }
}
