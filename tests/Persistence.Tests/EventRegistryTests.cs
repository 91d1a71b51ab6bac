namespace CubeActors.Persistence.Tests;

public sealed class EventRegistryTests
{
    private static readonly EventRegistry Registry = JournalTest.Events;

    [Fact]
    public void An_event_comes_back_equal()
    {
        var stored = Registry.Serialize(new WordAdded("ünï"), EventRegistry.EventBytesMax);
        Assert.Equal("word-added", stored.Manifest);
        Assert.Equal(new WordAdded("ünï"), Registry.Deserialize(stored, "event"));
    }

    [Fact]
    public void What_an_earlier_version_stored_becomes_an_event_of_today()
    {
        var registry = new EventRegistry().AddOld("word", LedgerJson.Default.LedgerState, old => new WordAdded(old.Words[0]));
        Assert.Equal(new WordAdded("one"), registry.Deserialize(new StoredValue("word", """{"Words":["one"]}"""u8.ToArray()), "event"));
    }

    [Fact]
    public void A_manifest_stands_for_one_type_and_a_type_has_one_manifest()
    {
        Assert.Throws<ArgumentException>(() => JournalTest.Events.AddOld("word-added", LedgerJson.Default.LedgerState, s => s));
        Assert.Throws<ArgumentException>(() => JournalTest.Events.Add("other", LedgerJson.Default.WordAdded));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Word")]
    [InlineData("a b")]
    [InlineData("wörd")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123x")]
    public void A_manifest_is_short_and_plain(string manifest) =>
        Assert.Throws<ArgumentException>(() => new EventRegistry().Add(manifest, LedgerJson.Default.WordAdded));
}
