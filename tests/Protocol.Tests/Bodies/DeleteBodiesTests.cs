using System.Text;

namespace CubeActors.Protocol.Tests;

public sealed class DeleteBodiesTests
{
    private static readonly DeleteParam GoldenParam =
        new() { PartitionId = new PartitionId(21), ExtentId = new ExtentId(1025), Size = 5 };

    [Fact]
    public void An_extent_key_is_read_and_written_byte_for_byte()
    {
        Assert.True(ExtentKeyJson.TryRead(Golden.MarkDeleteJson, out var key));
        Assert.Equal(new ExtentKey { PartitionId = new PartitionId(21), ExtentId = new ExtentId(1025), Size = 5 }, key);
        Assert.Equal(Golden.MarkDeleteJson, ExtentKeyJson.Write(key));
    }

    [Fact]
    public void A_batch_is_read_and_written_byte_for_byte()
    {
        Assert.True(DeleteParams.TryRead(Golden.BatchDeleteJson, out var parameters));
        Assert.Equal([GoldenParam], parameters);
        Assert.Equal(Golden.BatchDeleteJson, DeleteParams.Write(parameters));
    }

    [Fact]
    public void A_captured_batch_deletes_a_tiny_slot()
    {
        var json = """[{"FileOffset":0,"PartitionId":2,"ExtentId":50,"ExtentOffset":0,"Size":60000,"CRC":0,"SnapInfo":null,"IsSnapshotDeletion":false}]"""u8;
        Assert.True(DeleteParams.TryRead(json, out var parameters));
        var parameter = Assert.Single(parameters);
        Assert.True(parameter.ExtentId.IsTiny);
        Assert.Equal(60000u, parameter.Size);
    }

    [Fact]
    public void Numbers_up_to_the_largest_are_exact()
    {
        var json = """{"FileOffset":18446744073709551615,"PartitionId":18446744073709551614,"ExtentId":9007199254740993,"ExtentOffset":18446744073709551613,"Size":4294967295,"CRC":4294967294}"""u8;
        Assert.True(ExtentKeyJson.TryRead(json, out var key));
        var expected = new ExtentKey
        {
            FileOffset = ulong.MaxValue,
            PartitionId = new PartitionId(ulong.MaxValue - 1),
            ExtentId = new ExtentId(9007199254740993), // a double would lose the last bit
            ExtentOffset = ulong.MaxValue - 2,
            Size = uint.MaxValue,
            Crc = uint.MaxValue - 1,
        };
        Assert.Equal(expected, key);
        Assert.True(ExtentKeyJson.TryRead(ExtentKeyJson.Write(key), out var again));
        Assert.Equal(expected, again);
    }

    [Theory]
    [InlineData("""{"extentid":7,"EXTENTOFFSET":4096,"size":5}""")]
    [InlineData("""{"ExtentId":7,"ExtentOffset":4096,"Size":5,"Comment":{"deep":[1,2,{"x":null}]}}""")]
    [InlineData("""{"FileOffset":null,"PartitionId":null,"ExtentId":7,"ExtentOffset":4096,"Size":5,"CRC":null,"SnapInfo":null}""")]
    [InlineData(""" { "Size" : 5 , "ExtentOffset":4096, "ExtentId" : 7 } """)]
    public void Names_match_in_any_case_and_order_while_unknown_missing_and_null_are_zero(string json)
    {
        Assert.True(ExtentKeyJson.TryRead(Encoding.UTF8.GetBytes(json), out var key));
        Assert.Equal(new ExtentKey { ExtentId = new ExtentId(7), ExtentOffset = 4096, Size = 5 }, key);
        Assert.True(DeleteParams.TryRead(Encoding.UTF8.GetBytes($"[{json}]"), out var parameters));
        Assert.Equal([new DeleteParam { ExtentId = new ExtentId(7), ExtentOffset = 4096, Size = 5 }], parameters);
    }

    [Theory]
    [InlineData("""{"Size":-1}""")]
    [InlineData("""{"ExtentId":-7}""")]
    [InlineData("""{"Size":4294967296}""")]
    [InlineData("""{"ExtentOffset":18446744073709551616}""")]
    [InlineData("""{"ExtentId":1e3}""")]
    [InlineData("""{"Size":5.0}""")]
    [InlineData("""{"Size":"5"}""")]
    [InlineData("""{"ExtentId":"7"}""")]
    [InlineData("""{"ExtentId":[7]}""")]
    [InlineData("""{"SnapInfo":{"IsSplit":1}}""")]
    [InlineData("""{"Size":5""")]
    [InlineData("""{"Size":5}}""")]
    [InlineData("""[1]""")]
    [InlineData("")]
    [InlineData("null")]
    public void A_wrong_kind_or_a_number_out_of_range_fails_the_document(string json)
    {
        Assert.False(ExtentKeyJson.TryRead(Encoding.UTF8.GetBytes(json), out _));
        Assert.False(DeleteParams.TryRead(Encoding.UTF8.GetBytes($"[{json},{json}]"), out _));
    }

    [Fact]
    public void Snapshot_info_is_kept()
    {
        Assert.True(ExtentKeyJson.TryRead("""{"SnapInfo":{"VerSeq":18446744073709551615,"IsSplit":true,"ModGen":3}}"""u8, out var key));
        Assert.Equal(new SnapshotKey { VerSeq = ulong.MaxValue, IsSplit = true, ModGen = 3 }, key.SnapInfo);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    public void No_list_is_an_empty_list(string json)
    {
        Assert.True(DeleteParams.TryRead(Encoding.UTF8.GetBytes(json), out var parameters));
        Assert.Empty(parameters);
    }

    [Theory]
    [InlineData("[] []")]
    [InlineData("[{}")]
    [InlineData("[{},]")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("null null")]
    [InlineData("")]
    public void Anything_but_one_list_is_refused(string json) => Assert.False(DeleteParams.TryRead(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public void A_list_cut_at_any_byte_is_refused()
    {
        for (var cut = 0; cut < Golden.BatchDeleteJson.Length; cut++)
            Assert.False(DeleteParams.TryRead(Golden.BatchDeleteJson.AsSpan(0, cut), out _));
    }

    [Fact]
    public void A_list_longer_than_allowed_is_refused()
    {
        var three = "[{},{},{}]"u8;
        Assert.True(DeleteParams.TryRead(three, out var parameters, paramsMax: 3));
        Assert.Equal(3, parameters.Count);
        Assert.False(DeleteParams.TryRead(three, out _, paramsMax: 2));
        Assert.False(ExtentKeyJson.TryReadList(three, 2, out _));
    }

    [Fact]
    public void Keys_to_unlock_are_a_list()
    {
        var keys = new[] { new ExtentKey { ExtentId = new ExtentId(1025) }, new ExtentKey { ExtentId = new ExtentId(1026) } };
        Assert.True(ExtentKeyJson.TryReadList(ExtentKeyJson.WriteList(keys), 2, out var read));
        Assert.Equal(keys, read);
    }

    [Fact]
    public void A_lock_request_names_its_keys_and_what_for()
    {
        var json = """{"IsCreate":false,"BeforeTime":"2024","Eks":[{"ExtentId":1025,"Size":5}],"Flag":2}"""u8;
        Assert.True(ExtentLock.TryRead(json, 1, out var request));
        Assert.Equal((false, "2024", (byte)ExtentLockKind.Delete), (request.IsCreate, request.BeforeTime, request.Flag));
        Assert.Equal([new ExtentKey { ExtentId = new ExtentId(1025), Size = 5 }], request.Keys);
        Assert.True(ExtentLock.TryRead(request.Write(), 1, out var again));
        Assert.Equal(request.Keys, again.Keys);
    }

    [Theory]
    [InlineData("""{"Eks":[{},{},{}]}""")]
    [InlineData("""{"Eks":[{},{},{},{},{},{},{},{}]}""")]
    [InlineData("""{"Flag":3}""")]
    [InlineData("""{"Flag":256}""")]
    [InlineData("""{"Eks":{}}""")]
    [InlineData("null")]
    public void A_lock_request_with_too_many_keys_or_an_unknown_flag_is_refused(string json) =>
        Assert.False(ExtentLock.TryRead(Encoding.UTF8.GetBytes(json), 2, out _));

    [Fact]
    public void A_lock_request_without_keys_locks_nothing()
    {
        Assert.True(ExtentLock.TryRead("""{"Eks":null,"BeforeTime":null}"""u8, 2, out var request));
        Assert.Empty(request.Keys);
        Assert.Equal("", request.BeforeTime);
    }
}
