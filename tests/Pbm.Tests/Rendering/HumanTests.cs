namespace CubeActors.Pbm.Tests;

/// <summary>Numbers and names as people read them, and words that they misspell.</summary>
public sealed class HumanTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(134217728, "128 MiB")]
    [InlineData(1099511627775, "1 TiB")]
    [InlineData(9.3e18, "8.07 EiB")]
    public void Bytes_have_three_digits_and_a_unit(double bytes, string text) => Assert.Equal(text, Human.Bytes(bytes));

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.0125, "12.5 ms")]
    [InlineData(3.49, "3.5 s")]
    [InlineData(252, "4m12s")]
    [InlineData(18180, "5h03m")]
    [InlineData(273600, "3d4h")]
    [InlineData(-2, "-2 s")]
    public void A_time_has_its_two_largest_parts(double seconds, string text) => Assert.Equal(text, Human.Seconds(seconds));

    [Fact]
    public void What_is_not_known_is_nothing()
    {
        Assert.Equal("", Human.Seconds(null) + Human.Seconds(double.NaN) + Human.Seconds(1e300) + Human.Number<int>(null) + Human.Time(null) + Human.Ago(null, default) + Human.Bytes((double?)null));
        Assert.Equal("0 ms", Human.Ago(DateTimeOffset.UnixEpoch.AddSeconds(5), DateTimeOffset.UnixEpoch)); // the node's clock goes before ours
    }

    [Fact]
    public void Names_with_numbers_stand_in_the_order_of_the_numbers() => Assert.Equal(
        ["disk", "disk-1", "disk-01a", "disk-9", "disk-10", "disk-10a", "disk-x"],
        new[] { "disk-10a", "disk-x", "disk-10", "disk-9", "disk-01a", "disk-1", "disk" }.Order(NaturalOrder.Instance));

    [Theory]
    [InlineData("nod", "node")]
    [InlineData("partitoin", "partition")]
    [InlineData("part", "partition")]
    [InlineData("disks", "disk")]
    [InlineData("xyzzy", null)]
    [InlineData("", null)]
    public void A_misspelt_word_is_found_if_it_is_near(string word, string? meant) => Assert.Equal(meant, Nearest.Find(word, ["node", "partition", "disk", "operation"]));

    [Theory]
    [InlineData("127.0.0.11:17320", "http://127.0.0.11:17320/")]
    [InlineData("node-1.example:80", "http://node-1.example/")]
    [InlineData("http://node-1:17320/", "http://node-1:17320/")]
    [InlineData("[::1]:17320", "http://[::1]:17320/")]
    [InlineData("::1:17320", null)]
    [InlineData("node-1", null)]
    [InlineData("node-1:", null)]
    [InlineData("node-1:0", null)]
    [InlineData("node-1:65536", null)]
    [InlineData("user@node-1:80", null)]
    [InlineData("node-1:80/path", null)]
    [InlineData("https://node-1:80", "https://node-1:80/")]
    [InlineData("ftp://node-1:80", null)]
    [InlineData(":80", null)]
    public void A_node_is_a_host_and_a_port(string text, string? address)
    {
        Assert.Equal(address is not null, NodeAddress.TryParse(text, out var parsed));
        if (address is not null) Assert.Equal(address, parsed.ToString());
    }
}
