namespace CubeActors.TestKit;

/// <summary>A file or directory of a <see cref="SimulatedFileSystem"/>: what is visible, and what of it the disk holds.</summary>
internal sealed class SimulatedInode
{
    private const int PageBytes = 4096;

    private readonly Dictionary<long, byte[]> _pages = [];
    private readonly Dictionary<long, byte[]> _durablePages = [];
    private readonly HashSet<long> _dirty = [];
    private readonly HashSet<long> _cached = [];
    private readonly List<(string Name, SimulatedInode? Target, string? Removed)> _unsyncedNames = [];
    private Dictionary<string, SimulatedInode> _durableEntries = new(StringComparer.Ordinal);
    private long _durableLength;
    private long _renamedSeconds;

    private SimulatedInode(bool isDirectory, long now) => (IsDirectory, ModifiedSeconds) = (isDirectory, now);

    public bool IsDirectory { get; }

    public Dictionary<string, SimulatedInode> Entries { get; private set; } = new(StringComparer.Ordinal);

    public long Length { get; private set; }

    public long ModifiedSeconds { get; private set; }

    /// <summary>ctime: the last change of content or name.</summary>
    public long ChangedSeconds => Math.Max(ModifiedSeconds, _renamedSeconds);

    /// <summary>Names that have come to this directory, and gone: what tells two states of it apart where no time has passed.</summary>
    public int NameChanges { get; private set; }

    /// <summary>It got another name.</summary>
    public void NoteRename(long now) => _renamedSeconds = now;

    public long AllocatedBytes => (long)_pages.Count * PageBytes;

    public long TreeBytes => AllocatedBytes + Entries.Values.Sum(entry => entry.TreeBytes);

    public static SimulatedInode NewFile(long now) => new(isDirectory: false, now);

    public static SimulatedInode NewDirectory(long now) => new(isDirectory: true, now);

    public void Link(string name, SimulatedInode target) => ApplyName((name, target, null));

    public void Unlink(string name) => ApplyName((name, null, null));

    /// <summary>One change, so that no crash leaves both names or none.</summary>
    public void Rename(string oldName, string newName, SimulatedInode moved) => ApplyName((newName, moved, oldName));

    public void SyncNames()
    {
        _durableEntries = new Dictionary<string, SimulatedInode>(Entries, StringComparer.Ordinal);
        _unsyncedNames.Clear();
    }

    /// <param name="keeps">The pages are in the page cache afterwards.</param>
    public int Read(long offset, Span<byte> destination, bool keeps = true)
    {
        var count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        if (keeps) ForEachPage(offset, count, (page, within, at, bytes) => _cached.Add(page));
        var done = 0;
        while (done < count)
        {
            var (page, within) = Math.DivRem(offset + done, PageBytes);
            var bytes = (int)Math.Min(PageBytes - within, count - done);
            if (_pages.TryGetValue(page, out var content)) content.AsSpan((int)within, bytes).CopyTo(destination[done..]);
            else destination.Slice(done, bytes).Clear();
            done += bytes;
        }
        return count;
    }

    public bool IsCached(long offset, int count)
    {
        var all = offset + count <= Length;
        ForEachPage(offset, count, (page, within, at, bytes) => all &= _cached.Contains(page));
        return all;
    }

    public int BytesThatFit(long offset, int count, long freeBytes)
    {
        var fits = 0;
        ForEachPage(offset, count, (page, within, at, bytes) =>
        {
            if (fits < at) return; // an earlier page found no room
            if (!_pages.ContainsKey(page) && (freeBytes -= PageBytes) < 0) return;
            fits = at + bytes;
        });
        return fits;
    }

    public void Write(long offset, ReadOnlySpan<byte> source, long now)
    {
        for (var done = 0; done < source.Length;)
        {
            var (page, within) = Math.DivRem(offset + done, PageBytes);
            var bytes = (int)Math.Min(PageBytes - within, source.Length - done);
            if (!_pages.TryGetValue(page, out var content)) _pages[page] = content = new byte[PageBytes];
            source.Slice(done, bytes).CopyTo(content.AsSpan((int)within));
            _dirty.Add(page);
            _cached.Add(page);
            done += bytes;
        }
        Length = Math.Max(Length, offset + source.Length);
        ModifiedSeconds = now;
    }

    public void SetLength(long length)
    {
        if (length < Length) Zero(length, Length - length);
        Length = length;
    }

    public void PunchHole(long offset, long count) => Zero(offset, count);

    public long? SeekData(long offset)
    {
        if (offset >= Length) return null;
        var (page, found) = (offset / PageBytes, long.MaxValue);
        foreach (var present in _pages.Keys)
            if (present >= page) found = Math.Min(found, present);
        return found == long.MaxValue ? null : Math.Max(offset, found * PageBytes);
    }

    public long? SeekHole(long offset)
    {
        if (offset >= Length) return null;
        var page = offset / PageBytes;
        while (_pages.ContainsKey(page)) page++;
        return Math.Min(Math.Max(offset, page * PageBytes), Length);
    }

    public void SyncBytes()
    {
        foreach (var page in _dirty) CopyPage(page, _pages, _durablePages);
        _dirty.Clear();
        _durableLength = Length;
    }

    public void DropCaches()
    {
        _cached.Clear();
        foreach (var entry in Entries.Values) entry.DropCaches();
    }

    public void LosePower(Random random)
    {
        if (IsDirectory)
        {
            if (_unsyncedNames.Count > 0) NameChanges++;
            Entries = new Dictionary<string, SimulatedInode>(_durableEntries, StringComparer.Ordinal);
            var survive = random.Next(_unsyncedNames.Count + 1);
            foreach (var change in _unsyncedNames.Take(survive)) Apply(Entries, change);
            SyncNames();
            foreach (var name in Entries.Keys.Order(StringComparer.Ordinal)) Entries[name].LosePower(random);
            return;
        }
        foreach (var page in _dirty.Order())
            if (random.Next(2) == 0) CopyPage(page, _pages, _durablePages);
        if (random.Next(2) == 0) _durableLength = Length;
        _pages.Clear();
        foreach (var page in _durablePages.Keys.ToArray())
            if (page * PageBytes < _durableLength) CopyPage(page, _durablePages, _pages);
        Length = _durableLength;
        if (Length % PageBytes is > 0 and var tail && _pages.TryGetValue(Length / PageBytes, out var last)) last.AsSpan((int)tail).Clear();
        _dirty.Clear();
        _cached.Clear();
        _durablePages.Clear();
        foreach (var page in _pages.Keys.ToArray()) CopyPage(page, _pages, _durablePages);
    }

    private void ApplyName((string, SimulatedInode?, string?) change)
    {
        NameChanges++;
        Apply(Entries, change);
        _unsyncedNames.Add(change);
    }

    private static void Apply(Dictionary<string, SimulatedInode> entries, (string Name, SimulatedInode? Target, string? Removed) change)
    {
        if (change.Removed is { } removed) entries.Remove(removed);
        if (change.Target is { } target) entries[change.Name] = target;
        else entries.Remove(change.Name);
    }

    private void Zero(long offset, long count)
    {
        var end = Math.Min(offset + count, Math.Max(Length, offset));
        foreach (var page in _pages.Keys.Where(page => page * PageBytes < end && (page + 1) * PageBytes > offset).ToArray())
        {
            var (start, stop) = (Math.Max(offset, page * PageBytes), Math.Min(end, (page + 1) * PageBytes));
            // The last page of a file goes when all of its bytes that count go.
            if (start == page * PageBytes && (stop == (page + 1) * PageBytes || stop >= Length)) _pages.Remove(page);
            else _pages[page].AsSpan((int)(start - page * PageBytes), (int)(stop - start)).Clear();
            _dirty.Add(page);
        }
    }

    private static void CopyPage(long page, Dictionary<long, byte[]> from, Dictionary<long, byte[]> to)
    {
        if (from.TryGetValue(page, out var content)) to[page] = (byte[])content.Clone();
        else to.Remove(page);
    }

    private static void ForEachPage(long offset, int count, Action<long, int, int, int> visit)
    {
        for (var done = 0; done < count;)
        {
            var (page, within) = Math.DivRem(offset + done, PageBytes);
            var bytes = (int)Math.Min(PageBytes - within, count - done);
            visit(page, (int)within, done, bytes);
            done += bytes;
        }
    }
}
