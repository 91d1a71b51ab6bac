using System.Text;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>What is taken for a list of normal extents, and what is not. Source: data-plane 3.11, storage-and-repair 4.13 (D5).</summary>
public sealed class NormalListTests
{
    private const string Host = "10.0.0.2:17310";

    [Fact]
    public void A_list_counts_in_both_forms_and_any_order()
    {
        Watermark[] extents = [Extent(1030, 5), Extent(1025, 134217728), Extent(1026, 0)];
        foreach (var body in (byte[][])[WatermarkBinary.Write(extents), WatermarkJson.Write(extents)])
        {
            Assert.True(NormalList.TryRead(Host, body, out var list, out var problem), problem);
            Assert.Equal([1025ul, 1026ul, 1030ul], list.Ids);
            Assert.Equal([134217728L, 0L, 5L], list.Sizes);
            Assert.Equal(Host, list.Host);
        }
    }

    [Fact]
    public void An_empty_list_is_a_list() => Assert.True(NormalList.TryRead(Host, "[]"u8, out _, out _));

    [Theory]
    [InlineData("file bytes of somebody else's answer")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("M")]
    [InlineData("M\u007f\u007f\u007f\u007f")]
    [InlineData("[{\"fileId\":1025,\"size\":1},")]
    public void What_is_no_list_does_not_count(string body)
    {
        Assert.False(NormalList.TryRead(Host, Encoding.ASCII.GetBytes(body), out var list, out var problem));
        Assert.Equal(0, list.Count);
        Assert.NotEqual("", problem);
    }

    [Fact]
    public void A_negative_count_does_not_count() => Assert.False(NormalList.TryRead(Host, [(byte)'M', 0xFF, 0xFF, 0xFF, 0xFF], out _, out _));

    [Fact]
    public void One_extent_more_than_a_list_may_have_voids_it()
    {
        var extents = Enumerable.Range(0, NormalList.ExtentsMax + 1).Select(i => Extent(1025 + (ulong)i, 1)).ToList();
        Assert.False(NormalList.TryRead(Host, WatermarkBinary.Write(extents), out _, out _));
        extents.RemoveAt(0);
        Assert.True(NormalList.TryRead(Host, WatermarkBinary.Write(extents), out _, out _));
    }

    [Theory]
    [InlineData(0ul, 1ul, "no normal extent")]
    [InlineData(7ul, 1ul, "no normal extent")] // a list of tiny extents: the answer to another question
    [InlineData(1024ul, 1ul, "no normal extent")]
    [InlineData((1ul << 30) + 1, 1ul, "no normal extent")]
    [InlineData(1025ul, 134217729ul, "134217729 bytes")]
    [InlineData(1025ul, ulong.MaxValue, "bytes")]
    [InlineData(1026ul, 5ul, "twice")]
    public void One_impossible_extent_voids_the_whole_list(ulong id, ulong size, string expected)
    {
        Assert.False(NormalList.TryRead(Host, WatermarkBinary.Write([Extent(1026, 5), Extent(id, size)]), out var list, out var problem));
        Assert.Equal(0, list.Count);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_own_list_leaves_data_of_snapshots_alone()
    {
        var list = NormalList.Of(Host, [new ExtentRecord(new ExtentId(1030), 7, 0, 0, 0, 134217728), new ExtentRecord(new ExtentId(1025), 9, 0, 0, 0, 134217729)]);
        Assert.Equal([1025ul, 1030ul], list.Ids);
        Assert.Equal([NormalList.Unfit, 7L], list.Sizes);
    }

    private static Watermark Extent(ulong id, ulong size) => new() { Extent = new ExtentId(id), Size = size };
}
