using CubeActors.Protocol.Master;

namespace CubeActors.Protocol.Tests;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("168h0m0s", 604_800_000)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("-300ms", -300)]
    [InlineData("+2m3.5s", 123_500)]
    [InlineData(".5s", 500)]
    [InlineData("1.s", 1000)]
    [InlineData("2us1ms", 1)]
    [InlineData("1µs", 0)]
    [InlineData("2540400h0m0s", 9_145_440_000_000)]
    public void What_Go_writes_is_read(string text, long milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var value));
        Assert.Equal(milliseconds, (long)value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("168")]
    [InlineData("h")]
    [InlineData(".h")]
    [InlineData("1..5h")]
    [InlineData("1d")]
    [InlineData("1h 2m")]
    [InlineData("1H")]
    [InlineData("--1h")]
    [InlineData("1h-2m")]
    [InlineData("2562048h")] // beyond what Go keeps
    [InlineData("99999999999999999999h")]
    [InlineData("999999999999999999999h")]
    [InlineData("1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h")]
    public void What_is_no_duration_is_refused(string text)
    {
        Assert.False(GoDuration.TryParse(text, out var value));
        Assert.Equal(TimeSpan.Zero, value);
    }
}
