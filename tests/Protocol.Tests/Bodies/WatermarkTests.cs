using System.Text;

namespace CubeActors.Protocol.Tests;

public sealed class WatermarkTests
{
    private static readonly Watermark Small =
        new() { Extent = new ExtentId(1025), Size = 100, ModifiedAt = 1795295650, SnapshotEnd = Watermark.NoSnapshot };
    private static readonly Watermark Full = new()
    {
        IsDeleted = true,
        Crc = uint.MaxValue,
        Extent = new ExtentId(ulong.MaxValue),
        Size = ulong.MaxValue - 1,
        ModifiedAt = -1,
        SnapshotEnd = 3,
        SnapshotPreAllocated = 4,
        ApplyId = 5,
    };
    private static readonly byte[] CapturedJson =
        """[{"deleted":false,"Crc":0,"fileId":1025,"size":100,"modTime":1795295650,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0}]"""u8.ToArray();

    [Fact]
    public void A_captured_list_is_read_and_written_byte_for_byte()
    {
        Assert.True(Watermarks.TryRead(CapturedJson, out var extents));
        Assert.Equal([Small], extents);
        Assert.Equal(CapturedJson, WatermarkJson.Write(extents));
        Assert.True(Watermarks.TryRead(Captured.TinyWatermarkReply.Data, out var tiny));
        Assert.Equal((48ul, 8192ul), (Assert.Single(tiny).Extent.Value, tiny[0].Size));
        Assert.Equal(Captured.TinyWatermarkReply.Data, WatermarkJson.Write(tiny));
    }

    [Fact]
    public void No_extents_are_an_empty_array_never_null() => Assert.Equal("[]"u8.ToArray(), WatermarkJson.Write([]));

    [Fact]
    public void A_field_that_is_missing_reads_as_zero_also_the_end_of_snapshot_data()
    {
        Assert.True(WatermarkJson.TryRead("""[{"fileid":7}]"""u8, out var extents));
        Assert.Equal(new Watermark { Extent = new ExtentId(7), SnapshotEnd = 0 }, Assert.Single(extents));
    }

    [Fact]
    public void Both_forms_keep_the_largest_values()
    {
        Assert.True(Watermarks.TryRead(WatermarkJson.Write([Full, Small]), out var json));
        Assert.Equal([Full, Small], json);
        Assert.True(Watermarks.TryRead(WatermarkBinary.Write([Full, Small]), out var binary));
        Assert.Equal([Full with { Crc = 0 }, Small], binary); // the binary form has no room for it
    }

    [Fact]
    public void The_binary_form_has_57_bytes_an_extent()
    {
        var expected = Hex.Bytes("""
            4d 00000001
            0000000000000401 0000000000000064 00 000000006b020b62 0000000000000000 0000000000000000 0000000008000000 0000000000000000
            """);
        Assert.Equal(expected, WatermarkBinary.Write([Small with { ModifiedAt = 0x6b020b62 }]));
    }

    [Fact]
    public void A_binary_list_of_any_other_length_is_refused()
    {
        var two = WatermarkBinary.Write([Full, Small]);
        for (var cut = 0; cut < two.Length; cut++) Assert.False(WatermarkBinary.TryRead(two.AsSpan(0, cut), out _));
        Assert.False(WatermarkBinary.TryRead([.. two, 0], out _));
        Assert.False(WatermarkBinary.TryRead(Hex.Bytes("4d ffffffff"), out _)); // minus one
        Assert.False(WatermarkBinary.TryRead(Hex.Bytes("4d 7fffffff"), out _));
        Assert.True(WatermarkBinary.TryRead(Hex.Bytes("4d 00000000"), out var none));
        Assert.Empty(none);
    }

    [Fact]
    public void More_extents_than_allowed_are_refused_in_both_forms()
    {
        Assert.False(Watermarks.TryRead(WatermarkJson.Write([Full, Small]), out _, extentsMax: 1));
        Assert.False(Watermarks.TryRead(WatermarkBinary.Write([Full, Small]), out _, extentsMax: 1));
    }

    [Theory]
    [InlineData("ActionGetAllExtentWatermarks:_extent store already closed")]
    [InlineData("""[{"size":-1}]""")]
    [InlineData("""[{"modTime":9223372036854775808}]""")]
    [InlineData("""[{"deleted":0}]""")]
    [InlineData("""{"fileId":1}""")]
    [InlineData("")]
    public void An_error_text_or_a_wrong_kind_is_no_list(string text) => Assert.False(Watermarks.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_request_says_what_is_wanted_and_in_which_form()
    {
        var normal = Captured.WatermarkRequest.Header;
        var tiny = Captured.TinyWatermarkRequest.Header;
        Assert.True(WatermarkRequest.TryRead(normal, [], out var request));
        Assert.Equal((false, 0), (request.WantsBinary, request.TinyExtents.Count));
        Assert.True(WatermarkRequest.TryRead(normal, "B"u8, out request));
        Assert.True(request.WantsBinary);
        Assert.True(WatermarkRequest.TryRead(tiny, Captured.TinyWatermarkRequest.Data, out request));
        Assert.Equal([new ExtentId(48)], request.TinyExtents);
        Assert.Equal("[7,8]"u8.ToArray(), WatermarkRequest.WriteTiny([new ExtentId(7), new ExtentId(8)]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("[-7]")]
    [InlineData("[7")]
    [InlineData("""["7"]""")]
    public void A_request_for_tiny_extents_needs_their_list(string data) =>
        Assert.False(WatermarkRequest.TryRead(Captured.TinyWatermarkRequest.Header, Encoding.UTF8.GetBytes(data), out _));

    [Fact]
    public void A_request_for_more_tiny_extents_than_there_are_is_refused()
    {
        var all = Enumerable.Range(1, 64).Select(id => new ExtentId((ulong)id)).ToArray();
        Assert.True(WatermarkRequest.TryRead(Captured.TinyWatermarkRequest.Header, WatermarkRequest.WriteTiny(all), out _));
        Assert.False(WatermarkRequest.TryRead(Captured.TinyWatermarkRequest.Header, WatermarkRequest.WriteTiny([.. all, new ExtentId(1)]), out _));
    }
}
