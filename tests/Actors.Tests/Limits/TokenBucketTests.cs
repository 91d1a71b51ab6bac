namespace CubeActors.Actors.Tests;

/// <summary>So many a second, and some saved up. Time is a number here: 1000 ticks are a second.</summary>
public sealed class TokenBucketTests
{
    private const long Second = 1000;

    [Fact]
    public void Without_a_rate_everything_passes()
    {
        var bucket = new TokenBucket(Second);
        Assert.True(bucket.Has(long.MaxValue, 0));
        Assert.Equal(0, bucket.ReadyAt(long.MaxValue, 0));
        Assert.Equal(0, bucket.Used(0));
    }

    [Fact]
    public void What_was_saved_up_passes_at_once_and_then_only_what_comes_in()
    {
        var bucket = Bucket(rate: 10, burst: 5);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(bucket.Has(1, 0));
            bucket.Take(1, 0);
        }

        Assert.False(bucket.Has(1, 0));
        Assert.Equal(100, bucket.ReadyAt(1, 0));
        Assert.False(bucket.Has(1, 99));
        Assert.True(bucket.Has(1, 100));
    }

    [Fact]
    public void No_more_is_saved_up_than_the_burst()
    {
        var bucket = Bucket(rate: 10, burst: 5);
        bucket.Take(5, 0);
        Assert.True(bucket.Has(5, 100 * Second));
        bucket.Take(5, 100 * Second);
        Assert.False(bucket.Has(1, 100 * Second));
    }

    [Fact]
    public void What_is_larger_than_the_burst_passes_when_it_is_full_and_is_paid_for_after()
    {
        var bucket = Bucket(rate: 100, burst: 50);
        Assert.True(bucket.Has(1000, 0));
        bucket.Take(1000, 0);
        Assert.Equal(1000, bucket.Used(0));
        Assert.Equal(9510, bucket.ReadyAt(1, 0)); // 950 of debt, and the one
        Assert.False(bucket.Has(1, 9509));
        Assert.True(bucket.Has(1, 9510));
    }

    [Fact]
    public void Over_a_long_time_the_average_is_the_rate()
    {
        var bucket = Bucket(rate: 1000, burst: 100);
        var random = new Random(1);
        long taken = 0, now = 0;
        while (now < 1000 * Second)
        {
            var amount = random.Next(1, 500);
            now = bucket.ReadyAt(amount, now);
            Assert.True(bucket.Has(amount, now));
            bucket.Take(amount, now);
            taken += amount;
        }

        Assert.InRange(taken, 1_000_000 - 1000, 1_000_000 + 1000);
    }

    [Fact]
    public void Another_rate_keeps_what_is_owed_and_a_rate_of_none_forgives_it()
    {
        var bucket = Bucket(rate: 10, burst: 10);
        bucket.Take(30, 0);
        bucket.Set(20, 10, 0);
        Assert.Equal(1050, bucket.ReadyAt(1, 0));
        bucket.Set(0, 0, 0);
        Assert.True(bucket.Has(1_000_000, 0));
        bucket.Set(10, 10, 0);
        Assert.True(bucket.Has(10, 0));
    }

    [Fact]
    public void A_clock_that_steps_back_gives_nothing()
    {
        var bucket = Bucket(rate: 10, burst: 1, now: 5000);
        bucket.Take(1, 5000);
        Assert.False(bucket.Has(1, 0));
        Assert.True(bucket.Has(1, 5100));
    }

    private static TokenBucket Bucket(long rate, long burst, long now = 0)
    {
        var bucket = new TokenBucket(Second);
        bucket.Set(rate, burst, now);
        return bucket;
    }
}
