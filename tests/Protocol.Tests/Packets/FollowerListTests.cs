using System.Text;

namespace CubeActors.Protocol.Tests;

public sealed class FollowerListTests
{
    private const int FollowersMax = 8;

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("F", new string[0])]
    [InlineData("/", new[] { "" })]
    [InlineData("10.0.0.1:17310/", new[] { "10.0.0.1:17310" })]
    [InlineData("10.0.0.1:17310/10.0.0.2:17310/", new[] { "10.0.0.1:17310", "10.0.0.2:17310" })]
    [InlineData("10.0.0.1:17310/10.0.0.2:17310", new[] { "10.0.0.1:17310" })] // the last element is lost, whatever it is
    [InlineData("10.0.0.1:17310/F", new[] { "10.0.0.1:17310" })]
    [InlineData("255.255.255.255:65535/", new[] { "255.255.255.255:65535" })]
    public void An_arg_names_every_element_but_the_last(string arg, string[] expected)
    {
        Assert.True(FollowerList.TryParse(Encoding.ASCII.GetBytes(arg), FollowersMax, out var addresses));
        Assert.Equal(expected, addresses);
    }

    [Theory]
    [InlineData("//")]
    [InlineData("/10.0.0.1:17310/")]
    [InlineData("10.0.0.1/")]
    [InlineData("10.0.0.1:/")]
    [InlineData("10.0.0.1:0/")]
    [InlineData("10.0.0.1:65536/")]
    [InlineData("10.0.0.1:99999999999/")]
    [InlineData("10.0.0.1:+1/")]
    [InlineData("10.0.0.1:17310 /")]
    [InlineData("10.0.0:17310/")]
    [InlineData("10.0.0.256:17310/")]
    [InlineData("-1.0.0.1:17310/")]
    [InlineData("10.0.0.1.2:17310/")]
    [InlineData("[::1]:17310/")]
    [InlineData("datanode:17310/")]
    [InlineData("10.0.0.1:17310\0/")]
    public void An_address_that_is_not_ip_and_port_is_refused(string arg)
    {
        Assert.False(FollowerList.TryParse(Encoding.ASCII.GetBytes(arg), FollowersMax, out var addresses));
        Assert.Empty(addresses);
    }

    [Fact]
    public void More_followers_than_allowed_are_refused()
    {
        var arg = FollowerList.Format(Enumerable.Range(1, FollowersMax).Select(host => $"10.0.0.{host}:17310"));
        Assert.True(FollowerList.TryParse(arg, FollowersMax, out _));
        Assert.False(FollowerList.TryParse(arg, FollowersMax - 1, out _));
    }

    [Fact]
    public void A_list_is_written_with_a_slash_behind_each_address()
    {
        Assert.Equal(Golden.Followers, FollowerList.Format(["192.168.0.32:17310", "192.168.0.33:17310"]));
        Assert.Equal("/"u8.ToArray(), FollowerList.Format([]));
    }

    [Fact]
    public void A_cache_gives_the_same_list_for_the_same_arg_and_allocates_nothing()
    {
        var cache = new FollowerListCache(FollowersMax);
        Assert.True(cache.TryParse(Golden.Followers, out var first));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var parsed = cache.TryParse(Golden.Followers, out var second);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(parsed && first == second);
    }

    [Fact]
    public void A_cache_notices_another_list_and_is_not_spoilt_by_a_bad_one()
    {
        var cache = new FollowerListCache(FollowersMax);
        Assert.True(cache.TryParse("10.0.0.1:1/"u8, out _));
        Assert.False(cache.TryParse("nobody/"u8, out _));
        Assert.True(cache.TryParse("10.0.0.1:1/"u8, out var again));
        Assert.Equal(new[] { "10.0.0.1:1" }, again);
        Assert.True(cache.TryParse("10.0.0.2:1/"u8, out var other));
        Assert.Equal(new[] { "10.0.0.2:1" }, other);
        Assert.True(cache.TryParse(""u8, out var none));
        Assert.Empty(none);
    }
}
