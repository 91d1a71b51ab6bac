namespace CubeActors.Node.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0 B", 0)]
    [InlineData("0", 0)]
    [InlineData("512KiB", 512 << 10)]
    [InlineData("64 mib", 64 << 20)]
    [InlineData(" 1 GiB ", 1L << 30)]
    [InlineData("8388607 TiB", 8388607L << 40)]
    public void A_size_is_a_whole_number_and_a_unit(string text, long expected)
    {
        Assert.True(Quantity.TryParseBytes(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("5")]
    [InlineData("-5 GiB")]
    [InlineData("1.5 GiB")]
    [InlineData("5 GB")] // 10^9 or 2^30? We do not guess
    [InlineData("8388608 TiB")] // one more than fits
    [InlineData("99999999999999999999 B")]
    public void Anything_else_is_no_size(string text) => Assert.False(Quantity.TryParseBytes(text, out _));

    [Theory]
    [InlineData("500 ms", 500)]
    [InlineData("5s", 5_000)]
    [InlineData("2 min", 120_000)]
    [InlineData("1 h", 3_600_000)]
    public void A_duration_is_a_whole_number_and_a_unit(string text, int milliseconds)
    {
        Assert.True(Quantity.TryParseTime(text, out var time));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), time);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(256L << 20, "256 MiB")]
    [InlineData(5L << 30, "5 GiB")]
    public void A_size_is_shown_in_its_largest_unit(long bytes, string expected) => Assert.Equal(expected, Quantity.FormatBytes(bytes));

    [Theory]
    [InlineData("raftHeartbeat", "raftHeartbeat", 0)]
    [InlineData("PROF", "prof", 0)]
    [InlineData("prfo", "prof", 1)]
    [InlineData("listn", "listen", 1)]
    [InlineData("", "prof", 4)]
    [InlineData("disk", "risk", 1)]
    public void The_distance_of_two_keys_counts_edits(string left, string right, int expected) => Assert.Equal(expected, NearestKey.Distance(left, right));
}
