using System.Buffers.Binary;
using System.Globalization;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage.Tests;

/// <summary>
/// What a Go node finds in the directory of a log, by the rules of its recovery, written against them and not against the product: lenient
/// names, the last file scanned, the others by index and footer.
/// </summary>
internal sealed class GoView
{
    public ulong Term, Commit, Vote, TruncatedIndex, TruncatedTerm, First, Last;
    public SortedDictionary<ulong, (ulong Term, byte[] Data)> Entries { get; } = [];
    public List<string> Names { get; } = [];

    /// <summary>Null: Go opens it, reads every entry and can append. Else what stops it, or which rule for written logs is broken.</summary>
    public string? Problem { get; private set; }

    public static GoView Of(IFileSystem files, string directory)
    {
        var view = new GoView();
        view.Problem = view.Load(files, directory);
        return view;
    }

    private string? Load(IFileSystem files, string directory)
    {
        var meta = ReadAll(files, $"{directory}/META");
        if (meta.Length is not (0 or 24 or 40)) return $"META has {meta.Length} bytes";
        if (meta.Length >= 24) (Term, Commit, Vote) = (U64(meta, 0), U64(meta, 8), U64(meta, 16));
        if (meta.Length == 40) (TruncatedIndex, TruncatedTerm) = (U64(meta, 24), U64(meta, 32));
        First = TruncatedIndex + 1;

        foreach (var name in files.List(directory)!.Order(StringComparer.Ordinal))
        {
            if (name == "META") continue;
            if (name == RaftLog.LossMarkName) continue;
            if (!TryParse(name, out var sequence, out var index) || WalBuilder.Name(sequence, index) != name) return $"a file named {name}";
            Names.Add(name);
        }
        if (Names.Count == 0) return "no log file";
        ulong? expected = null;
        for (var i = 0; i < Names.Count; i++)
        {
            TryParse(Names[i], out var sequence, out var nameIndex);
            if (i > 0 && TryParse(Names[i - 1], out var before, out _) && sequence <= before) return "sequences do not rise";
            // Files below the truncation point wait for their deletion; nobody looks into them.
            if (i + 1 < Names.Count && TryParse(Names[i + 1], out _, out var nextIndex) && nextIndex <= TruncatedIndex + 1) continue;
            var content = ReadAll(files, $"{directory}/{Names[i]}");
            var problem = i + 1 < Names.Count ? LoadFinished(content, ref expected, nameIndex) : LoadLast(content, ref expected, nameIndex);
            if (problem is not null) return $"{Names[i]}: {problem}";
        }
        TryParse(Names[^1], out _, out var lastName);
        var last = Entries.Count > 0 ? Entries.Keys.Max() : Names.Count > 1 ? lastName - 1 : 0;
        if (last != 0 && last < TruncatedIndex) return $"the log ends at {last}, before its truncation point {TruncatedIndex}";
        Last = Math.Max(last, TruncatedIndex);
        if (Entries.Count > 0 && Entries.Keys.Min() > First) return $"entries begin at {Entries.Keys.Min()}, truncated is {TruncatedIndex}";
        if (Term + Commit + Vote > 0 && Commit < TruncatedIndex) return $"commit {Commit} is before the truncation point {TruncatedIndex}";
        if (Entries.TryGetValue(TruncatedIndex, out var truncated) && truncated.Term != TruncatedTerm) return "the truncation point has another term";
        foreach (var below in Entries.Keys.Where(index => index <= TruncatedIndex).ToArray()) Entries.Remove(below);
        return null;
    }

    private string? LoadFinished(byte[] content, ref ulong? expected, ulong nameIndex)
    {
        if (content.Length < 29) return "no footer";
        var footer = content[^29..];
        if (footer[0] != 3 || U64(footer, 1) != 16 || Convert.ToHexString(footer[17..25]) != "F9BF3E0AD3C5CC3F" || !Intact(footer)) return "a bad footer";
        var at = (int)U64(footer, 9);
        var index = content[at..^29];
        if (index[0] != 2 || U64(index, 1) != (ulong)index.Length - 13 || !Intact(index)) return "a bad index";
        var count = (int)BinaryPrimitives.ReadUInt32BigEndian(index.AsSpan(9));
        if (index.Length != 13 + 4 + 20 * count) return "an index of another length";
        for (var i = 0; i < count; i++)
        {
            var item = index.AsSpan(13 + 20 * i, 20).ToArray();
            var offset = (int)BinaryPrimitives.ReadUInt32BigEndian(item.AsSpan(16));
            var problem = Take(content, offset, ref expected, nameIndex, i == 0, out var length);
            if (problem is not null) return problem;
            if (!Entries.TryGetValue(U64(item, 0), out var entry) || entry.Term != U64(item, 8)) return "the index does not match";
            if (i + 1 == count && offset + length != at) return "the index does not list every entry";
        }
        if (count == 0) expected = nameIndex;
        return null;
    }

    private string? LoadLast(byte[] content, ref ulong? expected, ulong nameIndex)
    {
        var (at, isFirst) = (0, true);
        while (at < content.Length)
        {
            // Everything from a bad record on is cut; index and footer of a file without successor too.
            if (content.Length - at < 13 || content[at] != 1 || U64(content, at + 1) > (ulong)(content.Length - at - 13)) break;
            if (!Intact(content[at..(at + 13 + (int)U64(content, at + 1))])) break;
            if (Take(content, at, ref expected, nameIndex, isFirst, out var length) is { } problem) return problem;
            (at, isFirst) = (at + length, false);
        }
        return isFirst && expected is { } next && next != nameIndex ? $"an empty file named {nameIndex} behind entry {next - 1}" : null;
    }

    private string? Take(byte[] content, int at, ref ulong? expected, ulong nameIndex, bool isFirst, out int length)
    {
        length = 13 + (int)U64(content, at + 1);
        var record = content[at..(at + length)];
        if (record[0] != 1 || !Intact(record)) return $"a bad record at {at}";
        var (term, index) = (U64(record, 10), U64(record, 18));
        if (isFirst && (expected is null ? index < nameIndex : index != nameIndex)) return $"its first entry is {index}";
        if (expected is { } wanted && index != wanted) return $"entry {index} stands where {wanted} belongs";
        expected = index + 1;
        Entries[index] = (term, record[26..^4]);
        return null;
    }

    private static bool Intact(byte[] record) =>
        WalBuilder.Masked(record.AsSpan(9, record.Length - 13)) == BinaryPrimitives.ReadUInt32BigEndian(record.AsSpan(record.Length - 4));

    private static bool TryParse(string name, out ulong sequence, out ulong index)
    {
        (sequence, index) = (0, 0);
        return name.Length == 37 && name[16] == '-' && ulong.TryParse(name[..16], NumberStyles.HexNumber, null, out sequence)
            && ulong.TryParse(name[17..33], NumberStyles.HexNumber, null, out index);
    }

    private static byte[] ReadAll(IFileSystem files, string path)
    {
        using var file = files.TryOpen(path);
        if (file is null) return [];
        var content = new byte[file.Length];
        file.Read(0, content);
        return content;
    }

    private static ulong U64(byte[] content, int at) => BinaryPrimitives.ReadUInt64BigEndian(content.AsSpan(at));
}
