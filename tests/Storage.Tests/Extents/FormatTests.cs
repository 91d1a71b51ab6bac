using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage.Tests;

/// <summary>Bytes as a Go node wrote them.</summary>
public sealed class FormatTests
{
    [Fact]
    public void EXTENT_META_is_the_record_of_a_real_node()
    {
        Span<byte> bytes = stackalloc byte[ExtentMetaRecord.Bytes];
        new ExtentMetaRecord(1025, 2025).Write(bytes);
        Assert.Equal("000000000000040100000000000007e964bc3377", Convert.ToHexStringLower(bytes));
        Assert.True(ExtentMetaRecord.TryRead(bytes, out var read));
        Assert.Equal(new ExtentMetaRecord(1025, 2025), read);
    }

    [Fact]
    public void EXTENT_META_is_refused_when_cut_or_changed_at_any_byte()
    {
        var bytes = new byte[ExtentMetaRecord.Bytes];
        new ExtentMetaRecord(1025, 2025).Write(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.False(ExtentMetaRecord.TryRead(bytes.AsSpan(0, i), out _));
            bytes[i] ^= 1;
            Assert.False(ExtentMetaRecord.TryRead(bytes, out _));
            bytes[i] ^= 1;
        }
    }

    [Fact]
    public void TINYEXTENT_DELETE_holds_the_record_of_a_real_node()
    {
        var test = new TestStore();
        test.Append(new ExtentId(1), 0, new byte[5000].Select((_, i) => (byte)(i + 1)).ToArray());
        Assert.Equal(StorageError.None, test.Store.Punch(new ExtentId(1), 0, 5000));
        Assert.Equal("000000000000000100000000000000000000000000001388", Convert.ToHexStringLower(test.FileBytes("TINYEXTENT_DELETE")));
    }

    [Fact]
    public void NORMALEXTENT_DELETE_holds_eight_bytes_an_extent()
    {
        var test = new TestStore();
        var id = test.CreateExtent();
        Assert.Equal(StorageError.None, test.Store.Delete(id));
        Assert.Equal("0000000000000401", Convert.ToHexStringLower(test.FileBytes("NORMALEXTENT_DELETE")));
    }

    [Fact]
    public void Block_and_extent_CRCs_equal_those_of_a_real_node()
    {
        var block = Enumerable.Range(0, ExtentLimits.BlockBytes).Select(i => (byte)(7 * i + 3)).ToArray();
        Assert.Equal(0x25f70869u, Crc32.Compute(block));
        var test = new TestStore();
        var id = test.CreateExtent();
        test.Append(id, 0, block);
        test.Append(id, block.Length, block.AsSpan(0, 1000));
        test.Clock.Advance(ExtentStore.CrcQuietTime + TimeSpan.FromSeconds(1));
        Assert.Equal(StorageError.None, test.Store.RefreshExtentCrc(id, applyId: 9, out var crc));
        Assert.Equal(0xfc426082u, crc);
        Assert.Equal(0x25f70869u, test.StoredCrc(id, 0));
        Assert.Equal(0x17bc2a46u, test.StoredCrc(id, 1));
        Assert.Equal((crc, 9UL), (test.Store.Find(id)!.Value.Crc, test.Store.Find(id)!.Value.CrcApplyId));
    }

    [Fact]
    public void A_new_partition_has_the_files_of_a_real_node_all_empty()
    {
        var test = new TestStore();
        var expected = new[] { "EXTENT_META", "EXTENT_CRC", "TINYEXTENT_DELETE", "NORMALEXTENT_DELETE", ".dpStatus" }
            .Concat(Enumerable.Range(1, 64).Select(i => i.ToString()));
        Assert.Equal(expected.Order(StringComparer.Ordinal), test.Disk.List(TestStore.Directory)!.Order(StringComparer.Ordinal));
        Assert.Equal(".dpStatus", System.Text.Encoding.ASCII.GetString(test.FileBytes(".dpStatus")));
        foreach (var name in expected.Where(name => name != ".dpStatus")) Assert.Empty(test.FileBytes(name));
    }

    [Fact]
    public void The_CRC_of_a_block_lies_at_the_extents_record()
    {
        var test = new TestStore();
        var id = test.CreateExtent();
        var data = TestStore.Bytes(3 * ExtentLimits.BlockBytes);
        test.Append(id, 0, data);
        var file = test.FileBytes("EXTENT_CRC");
        for (var block = 0; block < 3; block++)
            Assert.Equal(Crc32.Compute(data.AsSpan(block * ExtentLimits.BlockBytes, ExtentLimits.BlockBytes)),
                BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)id.Value * 4096 + block * 4)));
    }
}
