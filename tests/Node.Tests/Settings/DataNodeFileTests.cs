using System.Globalization;

namespace CubeActors.Node.Tests;

/// <summary>Goal: every getter accepts what the Go getter of its kind accepts and nothing else. Method: one key k with each kind of JSON value.</summary>
public sealed class DataNodeFileTests
{
    [Theory]
    [InlineData("\"17310\"", nameof(Found.Good), "17310")]
    [InlineData("\"\"", nameof(Found.Good), "")]
    [InlineData("17310", nameof(Found.Bad), "")] // a number is no string, even where it looks like the one that is meant
    [InlineData("true", nameof(Found.Bad), "")]
    [InlineData("[\"a\"]", nameof(Found.Bad), "")]
    [InlineData("{}", nameof(Found.Bad), "")]
    [InlineData("null", nameof(Found.Absent), "")]
    [InlineData(null, nameof(Found.Absent), "")]
    public void A_string_is_a_JSON_string_only(string? json, string expected, string value)
    {
        Assert.Equal(expected, $"{File(json).Text("k", out var text)}");
        Assert.Equal(value, text);
    }

    [Theory]
    [InlineData("true", nameof(Found.Good), true)]
    [InlineData("false", nameof(Found.Good), false)]
    [InlineData("\"true\"", nameof(Found.Good), true)]
    [InlineData("\"false\"", nameof(Found.Good), false)]
    [InlineData("\"True\"", nameof(Found.Bad), false)]
    [InlineData("1", nameof(Found.Bad), false)]
    [InlineData("null", nameof(Found.Absent), false)]
    [InlineData(null, nameof(Found.Absent), false)]
    public void A_flag_is_true_or_false_or_the_same_as_a_string(string? json, string expected, bool value)
    {
        Assert.Equal(expected, $"{File(json).Flag("k", out var flag)}");
        Assert.Equal(value, flag);
    }

    [Theory]
    [InlineData("7", nameof(Found.Good), 7)]
    [InlineData("-7", nameof(Found.Good), -7)]
    [InlineData("\"7\"", nameof(Found.Good), 7)]
    [InlineData("\"+7\"", nameof(Found.Good), 7)]
    [InlineData("9223372036854775807", nameof(Found.Good), long.MaxValue)]
    [InlineData("9223372036854775808", nameof(Found.Bad), 0)]
    [InlineData("7.0", nameof(Found.Bad), 0)]
    [InlineData("7e0", nameof(Found.Bad), 0)]
    [InlineData("\"7 \"", nameof(Found.Bad), 0)]
    [InlineData("\"seven\"", nameof(Found.Bad), 0)]
    [InlineData("\"\"", nameof(Found.Bad), 0)]
    [InlineData("true", nameof(Found.Bad), 0)]
    [InlineData(null, nameof(Found.Absent), 0)]
    public void An_integer_is_a_whole_number_also_as_a_string(string? json, string expected, long value)
    {
        Assert.Equal(expected, $"{File(json).Integer("k", out var number)}");
        Assert.Equal(value, number);
    }

    [Theory]
    [InlineData("300", nameof(Found.Good), "300")]
    [InlineData("0.5", nameof(Found.Good), "0.5")]
    [InlineData("3e2", nameof(Found.Good), "300")]
    [InlineData("\"300\"", nameof(Found.Bad), "0")] // the float getter takes no strings
    [InlineData(null, nameof(Found.Absent), "0")]
    public void A_number_is_a_JSON_number_only(string? json, string expected, string value)
    {
        Assert.Equal(expected, $"{File(json).Number("k", out var number)}");
        Assert.Equal(value, number.ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("[]", nameof(Found.Good), "")]
    [InlineData("[\"a\",\"b\"]", nameof(Found.Good), "a b")]
    [InlineData("[\"a\",1]", nameof(Found.Bad), "")]
    [InlineData("\"a\"", nameof(Found.Bad), "")]
    [InlineData(null, nameof(Found.Absent), "")]
    public void A_list_is_an_array_of_strings(string? json, string expected, string value)
    {
        Assert.Equal(expected, $"{File(json).TextList("k", out var list)}");
        Assert.Equal(value, string.Join(' ', list));
    }

    [Fact]
    public void The_last_of_two_equal_keys_wins_as_in_Go()
    {
        Assert.Equal(Found.Good, DataNodeFile.Parse("f", """{"k":"first","k":"last"}""").Text("k", out var text));
        Assert.Equal("last", text);
    }

    [Theory]
    [InlineData("", "not valid JSON at line 1")]
    [InlineData("{\n \"role\": \"datanode\",\n}", "not valid JSON at line 3")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{ // comment\n}", "not valid JSON")]
    public void What_is_not_one_JSON_object_is_refused_with_file_and_place(string json, string expected)
    {
        var failure = Assert.Throws<SettingsException>(() => DataNodeFile.Parse("/etc/datanode.json", json));
        Assert.StartsWith("/etc/datanode.json: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused_with_its_name()
    {
        var failure = Assert.Throws<SettingsException>(() => DataNodeFile.Load("/nowhere/datanode.json"));
        Assert.Equal("/nowhere/datanode.json: there is no such file; --config needs a datanode.json file", failure.Message);
    }

    private static DataNodeFile File(string? json) => DataNodeFile.Parse("f", json is null ? "{}" : $$"""{"k":{{json}}}""");
}
