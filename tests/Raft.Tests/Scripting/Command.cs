using System.Globalization;
using CubeActors.Protocol;

namespace CubeActors.Raft.Tests.Scripting;

/// <summary>One line of a script: a name, words, and key=value pairs in any order.</summary>
internal sealed class Command
{
    private readonly string[] _words;

    public Command(string line)
    {
        _words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Name = _words[0];
        Line = line;
    }

    public string Name { get; }
    public string Line { get; }

    /// <summary>The word is there; ending in '=', the key is.</summary>
    public bool Has(string word) => word.EndsWith('=') ? _words.Any(w => w.StartsWith(word, StringComparison.Ordinal)) : _words.Contains(word);

    public string Word(int place) => _words[place + 1];
    public NodeId Node(int place) => new(ulong.Parse(Word(place), CultureInfo.InvariantCulture));

    public int Count(int place, int otherwise) =>
        _words.Length > place + 1 && int.TryParse(Word(place), CultureInfo.InvariantCulture, out var count) ? count : otherwise;

    public string Text(string key) =>
        _words.FirstOrDefault(w => w.StartsWith(key + '=', StringComparison.Ordinal))?[(key.Length + 1)..] ?? "";

    public ulong Number(string key, ulong otherwise) => Text(key) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public IEnumerable<ulong> Numbers(string key) =>
        Text(key).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(n => ulong.Parse(n, CultureInfo.InvariantCulture));

    /// <summary>term/index.</summary>
    public LogPosition Position(string key)
    {
        if (Text(key) is not { Length: > 0 } text) return default;
        var parts = text.Split('/');
        return new LogPosition(ulong.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    /// <summary>"1->2"; 0 for any.</summary>
    public (NodeId From, NodeId To) Route()
    {
        if (_words.FirstOrDefault(w => w.Contains("->", StringComparison.Ordinal)) is not { } route) return default;
        var ends = route.Split("->").Select(e => e == "*" ? 0 : ulong.Parse(e, CultureInfo.InvariantCulture)).ToArray();
        return (new NodeId(ends[0]), new NodeId(ends[1]));
    }
}
