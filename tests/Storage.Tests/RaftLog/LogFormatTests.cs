using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage.Tests;

public sealed class LogFormatTests
{
    private const string GoldenFile =
        "010000000000000011" + "00" + "0000000000000008" + "0000000000000001" + "477e0cc3" +
        "010000000000000013" + "00" + "0000000000000008" + "0000000000000002" + "6162" + "af7374da" +
        "02000000000000002c" + "00000002" + "0000000000000001" + "0000000000000008" + "00000000" +
        "0000000000000002" + "0000000000000008" + "0000001e" + "a7533bdd" +
        "030000000000000010" + "000000000000003e" + "f9bf3e0ad3c5cc3f" + "40885bbc";

    [Fact]
    public void The_checksum_has_the_values_of_leveldb()
    {
        Assert.Equal(0xC78AB0E5, MaskedCrc.Compute("123456789"u8));
        Assert.Equal(0xA282EAD8, MaskedCrc.Compute(default));
        Assert.Equal(0x28E46E78u, MaskedCrc.Compute("a"u8));
        Assert.Equal(0xE3069283, WalBuilder.Crc32C("123456789"u8));
    }

    [Fact]
    public void The_checksum_of_parts_is_that_of_the_whole_at_every_length_and_cut()
    {
        var data = TestStore.Bytes(70, 3);
        for (var length = 0; length <= data.Length; length++)
        {
            var whole = data.AsSpan(0, length);
            Assert.Equal(WalBuilder.Masked(whole), MaskedCrc.Compute(whole));
            for (var cut = 0; cut <= length; cut++)
                Assert.Equal(WalBuilder.Masked(whole), MaskedCrc.Finish(MaskedCrc.Append(MaskedCrc.Append(MaskedCrc.Start, whole[..cut]), whole[cut..])));
        }
    }

    [Fact]
    public void A_record_of_a_random_write_has_the_golden_bytes()
    {
        var data = Convert.FromHexString("000000ff0f0000000000000401000000000000100000000000000000053610a68668656c6c6f");
        var test = new TestLog().With("META", WalBuilder.Meta(8, 43, 3, 43, 8));
        test.Append(new WalBuilder.Entry(44, 8, data));
        Assert.Equal(("010000000000000037" + "000000000000000008000000000000002c" + Convert.ToHexString(data) + "71153247").ToUpperInvariant(),
            Convert.ToHexString(test.Content(WalBuilder.Name(1, 44))));
    }

    [Fact]
    public void Meta_has_the_golden_bytes_in_the_order_term_commit_vote()
    {
        var test = new TestLog();
        test.Append([.. WalBuilder.Entries(1, 20, 7), .. WalBuilder.Entries(21, 43, 8)]);
        test.Log.SaveHardState(new HardState(8, new NodeId(3), 43));
        test.Log.TruncateFront(20);
        Assert.Equal("0000000000000008" + "000000000000002B" + "0000000000000003" + "0000000000000014" + "0000000000000007",
            Convert.ToHexString(test.Content("META")));
    }

    [Fact]
    public void A_finished_file_and_its_successor_have_the_golden_bytes()
    {
        var test = new TestLog(settings: s => s with { FileBytesMax = 62 });
        test.Append(new WalBuilder.Entry(1, 8, []), new WalBuilder.Entry(2, 8, "ab"u8.ToArray()), new WalBuilder.Entry(3, 9, []));
        Assert.Equal(["0000000000000001-0000000000000001.log", "0000000000000002-0000000000000003.log"], test.LogNames);
        Assert.Equal(GoldenFile.ToUpperInvariant(), Convert.ToHexString(test.Content(test.LogNames[0])));
        Assert.Equal("010000000000000011" + "00" + "0000000000000009" + "0000000000000003" + "8C07F6B8", Convert.ToHexString(test.Content(test.LogNames[1])));
    }

    [Fact]
    public void The_builder_of_the_tests_makes_the_golden_file_too() => Assert.Equal(GoldenFile.ToUpperInvariant(), Convert.ToHexString(
        WalBuilder.File([new WalBuilder.Entry(1, 8, []), new WalBuilder.Entry(2, 8, "ab"u8.ToArray())], finished: true)));

    [Theory]
    [InlineData("0000000000000001-0000000000000001.log", true, true)]
    [InlineData("00000000000000ff-00000000000000aa.log", true, true)]
    [InlineData("00000000000000FF-0000000000000001.log", false, true)]
    [InlineData("0000000000000001-0000000000000001.log.tmp", false, true)]
    [InlineData("0000000000000001-0000000000000001.log_old", false, true)]
    [InlineData("1-2.log", false, true)]
    [InlineData("0000000000000001-0000000000000001.idx", false, false)]
    [InlineData("0000000000000001_0000000000000001.log", false, false)]
    [InlineData("META", false, false)]
    [InlineData("-1.log", false, false)]
    [InlineData("1-.log", false, false)]
    [InlineData("", false, false)]
    public void Only_canonical_names_are_log_files_though_go_takes_more(string text, bool canonical, bool forGo)
    {
        Assert.Equal(canonical, LogFileName.TryParse(text, out var name));
        if (canonical) Assert.Equal(text, name.ToString());
        Assert.Equal(forGo, LogFileName.LooksLikeOneToGo(text));
    }

    [Fact]
    public void A_slice_shows_the_entry_as_it_goes_over_the_wire()
    {
        var test = new TestLog();
        test.Append(new WalBuilder.Entry(1, 7, [1, 2, 3]), new WalBuilder.Entry(2, 7, [4], Type: 1));
        var (buffer, slices) = (new byte[1000], new RaftLogSlice[10]);
        Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 2), test.Log.Read(1, 2, buffer, slices));
        Assert.Equal("00000014" + "00" + "0000000000000007" + "0000000000000001" + "010203", Convert.ToHexString(slices[0].Wire(buffer)));
        Assert.Equal("00000012" + "01" + "0000000000000007" + "0000000000000002" + "04", Convert.ToHexString(slices[1].Wire(buffer)));
    }

    [Fact]
    public void Runs_of_terms_must_rise()
    {
        var runs = new StoredTerms();
        Assert.True(runs.TryAdd(1, 5));
        Assert.True(runs.TryAdd(2, 5));
        Assert.False(runs.TryAdd(3, 4));
        Assert.Throws<InvariantViolationException>(() => runs.TermOf(0));
    }
}
