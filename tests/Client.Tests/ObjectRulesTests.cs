using System.Text.Json;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client.Tests;

public sealed class ObjectRulesTests
{
    private static readonly ObjectExtent First = new(0, 1, 1025, 0, 10);

    [Fact]
    public void Pieces_cover_an_object_without_gap_or_overlap()
    {
        Assert.True(ObjectRules.Cover([], out var size));
        Assert.Equal(0, size);
        Assert.True(ObjectRules.Cover([First, First with { FileOffset = 10, Size = 5 }], out size));
        Assert.Equal(15, size);
        Assert.False(ObjectRules.Cover([First, First with { FileOffset = 11 }], out _));
        Assert.False(ObjectRules.Cover([First, First with { FileOffset = 9 }], out _));
        Assert.False(ObjectRules.Cover([First with { FileOffset = 1 }], out _));
        Assert.False(ObjectRules.Cover([First with { Size = 0 }], out _));
        Assert.False(ObjectRules.Cover([.. Enumerable.Range(0, ObjectRules.ExtentsMax + 1).Select(i => First with { FileOffset = 10L * i })], out _));
    }

    [Fact]
    public void A_place_has_ids_and_numbers_that_can_be_meant()
    {
        Assert.True(ObjectRules.IsPlace(First with { Size = 0 }));
        Assert.False(ObjectRules.IsPlace(First with { PartitionId = 0 }));
        Assert.False(ObjectRules.IsPlace(First with { ExtentId = 0 }));
        Assert.False(ObjectRules.IsPlace(First with { FileOffset = -1 }));
        Assert.False(ObjectRules.IsPlace(First with { ExtentOffset = -1 }));
        Assert.False(ObjectRules.IsPlace(First with { Size = -1 }));
        Assert.False(ObjectRules.IsPlace(First with { Size = 1L << 32 }));
        Assert.False(ObjectRules.IsPlace(First with { ExtentOffset = long.MaxValue }));
        Assert.False(ObjectRules.IsPlace(First with { FileOffset = long.MaxValue }));
    }

    [Fact]
    public void A_digest_is_64_lower_case_hex_digits()
    {
        Assert.True(ObjectRules.IsSha256(new string('a', 32) + new string('9', 32)));
        Assert.False(ObjectRules.IsSha256(new string('A', 64)));
        Assert.False(ObjectRules.IsSha256(new string('g', 64)));
        Assert.False(ObjectRules.IsSha256(new string('a', 63)));
        Assert.False(ObjectRules.IsSha256(null));
    }

    [Fact]
    public void Names_on_the_wire_are_camel_case_and_missing_values_are_refused()
    {
        var json = JsonSerializer.Serialize(new OpenIntent("v", "o", 3), ObjectJson.Default.OpenIntent);
        Assert.Equal("""{"volume":"v","name":"o","size":3}""", json);
        Assert.Equal("""{"fileOffset":0,"partitionId":1,"extentId":1025,"extentOffset":0,"size":10}""",
            JsonSerializer.Serialize(First, ObjectJson.Default.ObjectExtent));
        Assert.Null(JsonSerializer.Deserialize("""{"volume":"v","name":"o"}""", ObjectJson.Default.OpenIntent)!.Size);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"volume":"v"}""", ObjectJson.Default.OpenIntent));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"volume":null,"name":"o"}""", ObjectJson.Default.OpenIntent));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"volume":"v","name":"o","size":"3"}""", ObjectJson.Default.OpenIntent));
    }
}
