using System.Diagnostics.CodeAnalysis;
using CubeActors.Protocol;

namespace CubeActors.Storage;

// After a clean stop the store opens with the sizes that the last run left. A file may have been cut since, so nothing is done with an extent before its file was looked at: when it is
// first used, or when all of them are, after the start.
public sealed partial class ExtentStore
{
    /// <summary>Cut extents that are named; the rest is counted.</summary>
    private const int CutNamedMax = 10;

    private readonly List<ExtentId> _cut = []; // its own lock
    private long _cutBytes;
    private volatile bool _hasAssumed;

    /// <summary>There are extents whose files nobody has looked at since the store was opened: <see cref="SettleAll"/> is to be called, when the disk has time.</summary>
    public bool HasAssumed => _hasAssumed;

    /// <summary>Looks at the files of all extents that were not looked at yet, by one walk. Asks the disk.</summary>
    /// <returns>What was found wrong since the store was opened, in one sentence for the log; empty if nothing was.</returns>
    public string SettleAll()
    {
        if (_closed || !_hasAssumed) return "";
        var listing = StoreListing.Of(_files, _directory, null);
        var found = listing.Extents.ToDictionary(extent => extent.Id.Value);
        foreach (var (id, extent) in _extents)
            if (extent.IsAssumed) Settle(extent, found.GetValueOrDefault(id));
        _hasAssumed = false;
        TakeUsedBytes(listing.TinyAllocated);
        lock (_cut)
        {
            if (_cut.Count == 0) return "";
            var named = string.Join(", ", _cut.Take(CutNamedMax)) + (_cut.Count > CutNamedMax ? $" and {_cut.Count - CutNamedMax} more" : "");
            return $"while it was closed, somebody has cut or removed {_cut.Count} of its extents, {_cutBytes} bytes: {named}. Repair brings back what the other replicas have";
        }
    }

    /// <summary>The extent, its sizes known. May ask the disk, once for each extent.</summary>
    private bool TryFind(ExtentId id, [NotNullWhen(true)] out Extent? extent)
    {
        if (!_extents.TryGetValue(id.Value, out extent)) return false;
        if (!extent.IsAssumed) return true;
        Settle(extent, StoreListing.Look(_files, _directory, id));
        return _extents.TryGetValue(id.Value, out extent);
    }

    /// <param name="found">What its file says; null where it has none. Still true when the lock is taken: who is first to use an extent comes by here.</param>
    private void Settle(Extent extent, Extent? found)
    {
        lock (extent.Gate)
        {
            if (!extent.IsAssumed || extent.IsDeleted || _closed) return;
            var before = extent.Watermark;
            if (found is null && !extent.Id.IsTiny)
            {
                extent.MarkDeleted();
                _extents.TryRemove(extent.Id.Value, out _); // no client has deleted it: repair may bring it back
                NoteCut(extent.Id, before);
                return;
            }

            if (found is null)
            {
                _files.OpenOrCreate(PathOf(extent.Id)).Dispose(); // as a start does
                extent.NameIsDurable = false;
                Interlocked.Increment(ref _nameChanges);
                found = new Extent(extent.Id, 0, ExtentLimits.NormalBytesMax, 0);
            }

            if (extent.Settle(found)) NoteCut(extent.Id, before - found.Watermark);
        }
    }

    private void NoteCut(ExtentId id, long bytes)
    {
        lock (_cut)
        {
            _cut.Add(id);
            _cutBytes += bytes;
        }
    }
}
