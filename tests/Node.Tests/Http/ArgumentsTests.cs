using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace CubeActors.Node.Tests;

public sealed class ArgumentsTests
{
    [Fact]
    public void A_missing_parameter_is_named_in_the_words_of_CubeFS()
    {
        Assert.False(Of([]).TryUnsigned("id", out _, out var problem));
        Assert.Equal("key(id) can not omit empty", problem);
    }

    [Theory]
    [InlineData("abc", "key(id) can not omit error(strconv.ParseUint: parsing \"abc\": invalid syntax)")]
    [InlineData("-1", "key(id) can not omit error(strconv.ParseUint: parsing \"-1\": invalid syntax)")]
    [InlineData("18446744073709551616", "key(id) can not omit error(strconv.ParseUint: parsing \"18446744073709551616\": value out of range)")]
    public void A_parameter_that_is_no_number_is_refused_in_the_words_of_Go(string text, string expected)
    {
        Assert.False(Of([("id", text)]).TryUnsigned("id", out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Paths_of_the_other_kind_word_it_otherwise()
    {
        Assert.False(Of([]).TryParseUnsigned("id", out _, out var problem));
        Assert.Equal("parse param id fail: strconv.ParseUint: parsing \"\": invalid syntax", problem);
        Assert.False(Of([("status", "yes")]).TryParseFlag("status", out _, out problem));
        Assert.Equal("parse param status fail: strconv.ParseBool: parsing \"yes\": invalid syntax", problem);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("t", true)]
    [InlineData("True", true)]
    [InlineData("TRUE", true)]
    [InlineData("0", false)]
    [InlineData("F", false)]
    [InlineData("false", false)]
    public void Flags_are_those_of_Go(string text, bool expected)
    {
        Assert.True(Of([("enable", text)]).TryFlag("enable", out var value, out _));
        Assert.Equal(expected, value);
    }

    [Fact]
    public void The_largest_id_is_a_number_and_an_extent_may_be_signed()
    {
        Assert.True(Of([("id", "18446744073709551615")]).TryUnsigned("id", out var id, out _));
        Assert.Equal(ulong.MaxValue, id);
        Assert.True(Of([("extentID", "-2")]).TrySigned("extentID", out var extent, out _));
        Assert.Equal(-2, extent);
    }

    [Fact]
    public void The_form_comes_before_the_query()
    {
        var both = new Arguments(
            new QueryCollection(new Dictionary<string, StringValues> { ["id"] = "1", ["only"] = "query" }), new FormCollection(new Dictionary<string, StringValues> { ["id"] = "2" }));
        Assert.Equal(("2", "query", ""), (both.Text("id"), both.Text("only"), both.Text("neither")));
    }

    [Fact]
    public void A_long_parameter_is_not_sent_back_whole()
    {
        Assert.False(Of([("id", new string('x', 10_000))]).TryUnsigned("id", out _, out var problem));
        Assert.True(problem.Length < 200);
    }

    private static Arguments Of((string Key, string Value)[] query) =>
        new(new QueryCollection(query.ToDictionary(pair => pair.Key, pair => new StringValues(pair.Value))), FormCollection.Empty);
}
