using System.Buffers.Text;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>What lies in the directory of a partition, found by one walk: its extents with their lengths, the store files, and what else was left there.</summary>
/// <remarks>An extent without holes is taken as its stat describes it and never opened.</remarks>
internal sealed class StoreListing(string directory, Action<LoadProgress>? progress) : IDirectoryVisitor
{
    /// <summary>Extents between two calls of the progress.</summary>
    private const int Step = 256;

    /// <summary>Ids above 2^30 are never handed out, but are served if found, as far as a record in EXTENT_CRC can be addressed.</summary>
    private const ulong LargestIdLoaded = 1UL << 40;

    private readonly List<(ExtentId Id, FileStatus Status)> _sparse = []; // their length does not tell their watermark
    private int _seen;
    private int _wanted;

    /// <summary>Names other than those of extents, except what begins with <c>wal_</c>.</summary>
    public HashSet<string> Others { get; } = new(StringComparer.Ordinal);

    public List<Extent> Extents { get; private set; } = [];

    /// <summary>Bytes that the tiny extents occupy.</summary>
    public long TinyAllocated { get; private set; }

    /// <summary>Bit n - 1: the tiny extent n is there.</summary>
    public ulong TinyFound { get; private set; }

    /// <summary>It is what the last run left, and no walk.</summary>
    public bool IsAssumed { get; private init; }

    public List<string> Notes { get; } = [];

    public static StoreListing Of(IFileSystem files, string directory, Action<LoadProgress>? progress)
    {
        var listing = new StoreListing(directory, progress);
        if (!files.TryWalk(directory, listing)) throw new StorageCorruptException(directory, "the partition directory is missing", "Check that the disk is mounted");
        listing.OpenSparse(files);
        progress?.Invoke(new LoadProgress(listing._wanted, listing._wanted));
        return listing;
    }

    /// <summary>Of a directory that has not changed since a store was closed in it: that one has left nothing but its own files.</summary>
    public static StoreListing Kept(string directory, List<Extent> extents, long tinyAllocated, bool hasSnapshotCrcs)
    {
        var listing = new StoreListing(directory, null) { Extents = extents, TinyAllocated = tinyAllocated, IsAssumed = true };
        foreach (var extent in extents)
            if (extent.Id.IsTiny) listing.TinyFound |= 1UL << (int)(extent.Id.Value - ExtentId.TinyFirst);
        listing.Others.UnionWith(ExtentStore.StoreFileNames);
        listing.Others.Add(StatusProbe.PartitionName);
        if (hasSnapshotCrcs) listing.Others.Add(BlockCrcFile.SnapshotName(0));
        return listing;
    }

    /// <summary>One extent, as a walk would find it.</summary>
    /// <returns>Null if it is not there.</returns>
    public static Extent? Look(IFileSystem files, string directory, ExtentId id)
    {
        if (files.Stat($"{directory}/{id}") is not { } status) return null;
        var listing = new StoreListing(directory, null);
        listing.Take(id, status);
        listing.OpenSparse(files);
        return listing.Extents.SingleOrDefault();
    }

    public bool Wants(ReadOnlySpan<byte> name)
    {
        if (IsDigits(name))
        {
            if (TryParse(name, out _))
            {
                _wanted++;
                return true;
            }

            Notes.Add($"{directory}/{Encoding.UTF8.GetString(name)} is ignored: not the name of an extent; a Go node may refuse the partition because of it");
        }
        else if (!name.StartsWith("wal_"u8))
        {
            Others.Add(Encoding.UTF8.GetString(name));
        }

        return false;
    }

    public void Take(ReadOnlySpan<byte> name, in FileStatus status)
    {
        if (_seen == 0) Extents = new List<Extent>(_wanted);
        if (_seen++ % Step == 0) progress?.Invoke(new LoadProgress(_seen - 1, _wanted));
        TryParse(name, out var id);
        Take(id, status);
    }

    private void Take(ExtentId id, in FileStatus status)
    {
        if (status.IsDirectory)
        {
            Notes.Add($"{directory}/{id} is ignored: a directory");
        }
        else if (id.IsTiny)
        {
            TinyFound |= 1UL << (int)(id.Value - ExtentId.TinyFirst);
            TinyAllocated += status.AllocatedBytes;
            Extents.Add(new Extent(id, ExtentLimits.AlignUp(status.Length), ExtentLimits.NormalBytesMax, status.ModifiedSeconds));
        }
        else if (WatermarkRecovery.NeedsHoleMap(status))
        {
            _sparse.Add((id, status));
        }
        else
        {
            Extents.Add(new Extent(id, status.Length, ExtentLimits.NormalBytesMax, status.ModifiedSeconds));
        }
    }

    private void OpenSparse(IFileSystem files)
    {
        foreach (var (id, status) in _sparse)
        {
            if (files.TryOpen($"{directory}/{id}") is not { } file) continue; // gone since
            using (file) Extents.Add(new Extent(id, WatermarkRecovery.DataEnd(file), Math.Max(ExtentLimits.NormalBytesMax, status.Length), status.ModifiedSeconds));
        }
    }

    private static bool IsDigits(ReadOnlySpan<byte> name) => !name.IsEmpty && !name.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    /// <summary>The canonical decimal name of a tiny or normal extent.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out ExtentId id)
    {
        var parsed = Utf8Parser.TryParse(name, out ulong value, out var used) && used == name.Length;
        id = new ExtentId(value);
        return parsed && name[0] != '0' && (id.IsTiny || value is > ExtentId.NormalBase and <= LargestIdLoaded);
    }
}
