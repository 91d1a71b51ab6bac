namespace CubeActors.Runtime.Tests;

public sealed class Crc32Tests
{
    [Fact]
    public void The_check_value_of_CRC_32_IEEE_comes_out() => Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));

    [Fact]
    public void Nothing_has_the_value_zero() => Assert.Equal(0u, Crc32.Compute([]));

    [Fact]
    public void The_runtime_serves_it_natively_on_our_platforms() => Assert.True(Crc32.IsNative);

    [Fact]
    public void The_managed_table_agrees_with_the_native_code_at_every_length_and_alignment()
    {
        var bytes = new byte[600];
        new Random(7).NextBytes(bytes);
        for (var start = 0; start < 9; start++)
            for (var length = 0; length <= bytes.Length - start; length += 1 + (length / 40))
                Assert.Equal(Crc32.Compute(bytes.AsSpan(start, length)), Crc32.AppendManaged(0, bytes.AsSpan(start, length)));
    }

    [Fact]
    public void Appending_piece_by_piece_gives_the_value_of_the_whole()
    {
        var bytes = new byte[300_000];
        new Random(11).NextBytes(bytes);
        var whole = Crc32.Compute(bytes);
        foreach (var cut in (int[])[0, 1, 4095, 131072, 299_999, 300_000])
        {
            Assert.Equal(whole, Crc32.Append(Crc32.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
            Assert.Equal(whole, Crc32.AppendManaged(Crc32.AppendManaged(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
        }
    }
}
