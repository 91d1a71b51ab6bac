namespace CubeActors.Protocol.Tests;

public sealed class VersionListTests
{
    private static readonly byte[] Two = Hex.Bytes("0002 0000000000000007 ffffffffffffffff 01 0000000000000008 0000000000000000 05");

    [Fact]
    public void A_list_reads_as_its_entries()
    {
        Assert.Equal(DecodeStatus.Complete, VersionList.TryRead([.. Two, 0xAA], out var versions, out var bytesRead));
        Assert.Equal(new[] { new VolumeVersion(7, -1, 1), new VolumeVersion(8, 0, 5) }, versions);
        Assert.Equal(2 + 2 * 17, bytesRead);
    }

    [Fact]
    public void An_empty_list_is_two_bytes()
    {
        Assert.Equal(DecodeStatus.Complete, VersionList.TryRead([0, 0], out var versions, out var bytesRead));
        Assert.Empty(versions);
        Assert.Equal(2, bytesRead);
    }

    [Fact]
    public void A_list_cut_at_any_byte_asks_for_more()
    {
        for (var cut = 0; cut < Two.Length; cut++)
            Assert.Equal(DecodeStatus.NeedMore, VersionList.TryRead(Two.AsSpan(0, cut), out _, out _));
    }

    [Fact]
    public void A_count_that_CubeFS_cannot_hold_is_refused_before_any_entry_has_come()
    {
        Assert.Equal(DecodeStatus.NeedMore, VersionList.TryRead([0x0F, 0x0F], out _, out _)); // 3855, the most
        Assert.Equal(DecodeStatus.Malformed, VersionList.TryRead([0x0F, 0x10], out _, out _));
        Assert.Equal(DecodeStatus.Malformed, VersionList.TryRead([0xFF, 0xFF], out _, out _));
    }
}
