using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>Looks at the directory of a log and decides what has to be done before it can be used. Changes nothing.</summary>
/// <remarks>Rules: docs/formats/raft-log.md, "Opening".</remarks>
internal sealed class LogInspection
{
    private const string Remedy = "Nothing was changed. Let the master rebuild this replica from the others";

    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly bool _unsyncedMayBeLost;
    private (LogFileName Name, LogScan Scan)? _lastScanned; // a file without index that turns out to be the last is not read twice

    private LogInspection(IFileSystem files, string directory, bool unsyncedMayBeLost) =>
        (_files, _directory, _unsyncedMayBeLost) = (files, directory, unsyncedMayBeLost);

    /// <summary>As stored.</summary>
    public HardState HardState { get; private set; }
    public LogPosition Truncated { get; private set; }

    /// <summary>Files without which the log is what it should be, in the order in which they are deleted.</summary>
    public List<LogFileName> Obsolete { get; } = [];

    /// <summary>All files but the last, each with its index.</summary>
    public List<LogSegment> Finished { get; } = [];

    /// <summary>Files of <see cref="Finished"/> that lack index or footer; they get them at the end of their entries.</summary>
    public Dictionary<LogFileName, LogScan> Unfinished { get; } = [];

    /// <summary>The last file; null if a new one has to be made.</summary>
    public LogFileName? LastFile { get; private set; }

    /// <summary>Its entries. Its length is cut to where they end.</summary>
    public LogScan? LastScan { get; private set; }

    /// <summary>The name of the file to make where <see cref="LastFile"/> is null; it is made before the obsolete ones go.</summary>
    public LogFileName NewFile { get; private set; }

    /// <summary>Of all entries in the files, those below the truncation point too.</summary>
    public StoredTerms Terms { get; } = new();
    public LogPosition Last { get; private set; }
    public RaftLogLoss Loss { get; private set; }

    /// <summary>The highest index that some file had, whether it is kept or not.</summary>
    public ulong HighestSeen { get; private set; }

    public List<string> Notes { get; } = [];

    /// <exception cref="StorageCorruptException">The log is damaged.</exception>
    public static LogInspection Run(IFileSystem files, string directory, bool unsyncedMayBeLost)
    {
        var inspection = new LogInspection(files, directory, unsyncedMayBeLost);
        inspection.LoadMeta();
        inspection.Chain(inspection.ListFiles());
        inspection.Judge();
        return inspection;
    }

    private void LoadMeta()
    {
        using var file = _files.TryOpen(PathOf(LogMeta.Name));
        if (file is null) return;
        if (!LogMeta.TryLoad(file, out var state, out var truncated))
            throw Corrupt(LogMeta.Name, $"{file.Length} bytes are no complete META: term, vote or truncation point are lost");
        (HardState, Truncated) = (state, truncated);
    }

    private List<LogFileName> ListFiles()
    {
        var names = new List<LogFileName>();
        foreach (var text in (_files.List(_directory) ?? []).Order(StringComparer.Ordinal))
        {
            if (LogFileName.TryParse(text, out var name)) names.Add(name);
            else if (LogFileName.LooksLikeOneToGo(text)) Notes.Add($"{PathOf(text)} is ignored: not the name of a log file. A Go node would take it for one.");
        }
        names.Sort();
        return names;
    }

    /// <summary>Walks the files from the first to the last that continues it. What does not belong to that chain becomes obsolete.</summary>
    private void Chain(List<LogFileName> names)
    {
        // A truncation at the front, or a snapshot, that was cut short: by its rule the files before that one would be gone. Behind a snapshot
        // there may be several of them, with later entries than it has.
        var start = Math.Max(0, names.FindLastIndex(name => name.FirstIndex <= Truncated.Index + 1));
        for (var i = start - 1; i >= 0; i--) Obsolete.Add(names[i]);
        if (start > 0) Notes.Add($"{start} files below the truncation point {Truncated.Index} are removed.");
        if (names.Count == 0)
        {
            NewFile = new LogFileName(1, Truncated.Index + 1);
            return;
        }

        var at = start;
        while (true)
        {
            var next = at + 1 == names.Count ? -1 : Continue(names, at);
            if (next > 0)
            {
                at = next;
                continue;
            }
            LastFile = names[at];
            LastScan = Scan(names[at], isFirst: Finished.Count == 0);
            AddTerms(names[at], LastScan.Runs);
            CutBehind(names, at);
            break;
        }
        NewFile = new LogFileName(names[^1].Sequence + 1, Truncated.Index + 1);
    }

    /// <summary>Takes the file at <paramref name="at"/> as a finished one if another continues it.</summary>
    /// <returns>The place of that other one, or -1.</returns>
    private int Continue(List<LogFileName> names, int at)
    {
        var name = names[at];
        using var file = Open(name);
        var index = LogIndexRecord.TryLoad(file);
        // Without its index the file still tells what it holds; a Go node would refuse it.
        var scan = index is null ? Scan(name, isFirst: Finished.Count == 0) : null;
        var (first, count) = index is null ? (scan!.First, scan.Offsets.Count) : (index.First, index.Offsets.Length);
        if (count == 0) first = name.FirstIndex;
        CheckFirst(name, first, isFirst: Finished.Count == 0);
        var last = first + (ulong)count - 1;
        HighestSeen = Math.Max(HighestSeen, count == 0 ? 0 : last);
        // The next in order; or another of its sequence, where a power cut brought a deleted file back.
        var following = names.FindIndex(at + 1, other => other.Sequence > name.Sequence);
        var next = following < 0 ? -1
            : names.FindIndex(following, other => other.Sequence == names[following].Sequence && other.FirstIndex == last + 1);
        if (next < 0) return -1;
        AddTerms(name, index?.Runs ?? scan!.Runs);
        Finished.Add(new LogSegment(name, first, last, index?.IndexOffset ?? scan!.EntriesEnd));
        if (scan is not null)
        {
            Unfinished.Add(name, scan);
            Notes.Add($"{PathOf(name)} had no index; it was made from its {count} entries.");
        }
        for (var skipped = at + 1; skipped < next; skipped++) Obsolete.Add(names[skipped]);
        return next;
    }

    private void CutBehind(List<LogFileName> names, int last)
    {
        if (last + 1 == names.Count) return;
        var entriesEnd = LastScan!.Offsets.Count == 0 ? LastFile!.Value.FirstIndex - 1 : LastScan.First + (ulong)LastScan.Offsets.Count - 1;
        for (var i = names.Count - 1; i > last; i--)
        {
            // From the end: whatever a crash leaves of them, the gap is still in front of them.
            Obsolete.Add(names[i]);
            using var file = Open(names[i]);
            var (first, count) = LogIndexRecord.TryLoad(file) is { } index ? (index.First, index.Offsets.Length) : Contents(LogScan.Run(file));
            if (count == 0) continue;
            HighestSeen = Math.Max(HighestSeen, first + (ulong)count - 1);
            Loss |= RaftLogLoss.Cut;
        }
        Notes.Add($"{names.Count - last - 1} files behind entry {entriesEnd} do not continue it and are removed: {PathOf(names[last + 1])} and later.");
    }

    private static (ulong, int) Contents(LogScan scan) => (scan.First, scan.Offsets.Count);

    private LogScan Scan(LogFileName name, bool isFirst)
    {
        if (_lastScanned is { } cached && cached.Name == name) return cached.Scan;
        using var file = Open(name);
        var scan = LogScan.Run(file);
        if (scan.Offsets.Count > 0) CheckFirst(name, scan.First, isFirst);
        if (scan.Offsets.Count > 0) HighestSeen = Math.Max(HighestSeen, scan.First + (ulong)scan.Offsets.Count - 1);
        switch (scan.End)
        {
            case LogScanEnd.Damaged when !_unsyncedMayBeLost:
                throw Corrupt(name.ToString(), $"{scan.Problem} at offset {scan.EntriesEnd}, where no interrupted write can have left it: the file was damaged after it was written");
            case LogScanEnd.Damaged:
                Loss |= RaftLogLoss.Cut;
                Notes.Add($"{PathOf(name)} is cut at offset {scan.EntriesEnd} of {scan.Length}: {scan.Problem}, as a power cut leaves it.");
                break;
            case LogScanEnd.Torn:
                Notes.Add($"{PathOf(name)} is cut at offset {scan.EntriesEnd} of {scan.Length}: {scan.Problem}, as an interrupted write leaves it.");
                break;
        }
        _lastScanned = (name, scan);
        return scan;
    }

    private void CheckFirst(LogFileName name, ulong first, bool isFirst)
    {
        if (isFirst ? first < name.FirstIndex : first != name.FirstIndex)
            throw Corrupt(name.ToString(), $"its first entry is {first}, not what its name says, at offset 0");
    }

    private void AddTerms(LogFileName name, List<TermRun> runs)
    {
        foreach (var run in runs)
            if (!Terms.TryAdd(run.FirstIndex, run.Term))
                throw Corrupt(name.ToString(), $"entry {run.FirstIndex} has the term {run.Term}, older than an entry before it");
    }

    /// <summary>Compares the entries with the truncation point, and says what is missing.</summary>
    private void Judge()
    {
        Last = Truncated;
        if (FirstEntry() is not { } first)
        {
            if (LastFile is { } empty && (Finished.Count > 0 || empty.FirstIndex > Truncated.Index + 1)) Drop("there are none in its files");
            return;
        }
        var last = LastScan!.Offsets.Count > 0 ? LastScan.First + (ulong)LastScan.Offsets.Count - 1 : LastFile!.Value.FirstIndex - 1;
        if (first > Truncated.Index + 1)
            throw Corrupt(Finished.Count > 0 ? Finished[0].Name.ToString() : LastFile!.Value.ToString(),
                $"its first entry is {first}, but entries are truncated only up to {Truncated.Index} (in META): those between are missing");
        if (last < Truncated.Index)
        {
            Loss |= RaftLogLoss.BehindTruncation;
            Drop($"the log ends at entry {last}, before its truncation point {Truncated.Index}");
            return;
        }
        if (first <= Truncated.Index && Truncated.Index > 0 && Terms.TermOf(Truncated.Index) != Truncated.Term)
        {
            Drop($"entry {Truncated.Index} has another term than the snapshot that replaced it");
            return;
        }
        Last = new LogPosition(last == Truncated.Index ? Truncated.Term : Terms.TermOf(last), last);
        if (Last.Term > HardState.Term)
        {
            Loss |= RaftLogLoss.HardState;
            Notes.Add($"META knows the term {HardState.Term} and the last entry has {Last.Term}: that term counts, and a vote in it may be forgotten.");
        }
    }

    private ulong? FirstEntry()
    {
        foreach (var segment in Finished)
            if (segment.Last >= segment.First) return segment.First;
        return LastScan is { Offsets.Count: > 0 } ? LastScan.First : null;
    }

    /// <summary>All entries go and the log starts again, empty, behind its truncation point.</summary>
    private void Drop(string reason)
    {
        Notes.Add($"All entries are removed: {reason}. The log goes on behind {Truncated.Index}.");
        Terms.CutFront(ulong.MaxValue, 0);
        var all = Finished.ConvertAll(segment => segment.Name);
        all.Add(LastFile!.Value);
        Obsolete.AddRange(all);
        Obsolete.Sort();
        Obsolete.Reverse(); // as a snapshot's install does
        Finished.Clear();
        Unfinished.Clear();
        (LastFile, LastScan) = (null, null);
    }

    private IFile Open(LogFileName name) => _files.TryOpen(PathOf(name))
        ?? throw new StorageCorruptException(PathOf(name), "the file disappears while the log is opened", "Stop the other process");

    private StorageCorruptException Corrupt(string name, string problem) => new(PathOf(name), problem, Remedy);

    private string PathOf(LogFileName name) => PathOf(name.ToString());

    private string PathOf(string name) => $"{_directory}/{name}";
}
