using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage;

/// <summary>One extent of the partition, in memory as long as it exists: its record, its lock and, while in use, its open file.</summary>
/// <remarks>
/// Invariants: the watermark never moves back once it is known; a tiny watermark is a multiple of 4 KiB; a normal one is at most 128 MiB. Everything is
/// changed under <see cref="Gate"/>; watermark, file and marks may be read without it.
/// </remarks>
internal sealed class Extent(ExtentId id, long watermark, long snapshotEnd, long modifiedSeconds)
{
    private long _watermark = watermark;
    private long _modifiedSeconds = modifiedSeconds;
    private ExtentFile? _file;
    private bool _recentlyUsed;
    private volatile bool _deleted;
    private volatile bool _isAssumed;

    /// <summary>What is locked: the extent itself, because another object for each of 100,000 extents would be 4 MB. Nobody outside the store has it.</summary>
    public object Gate => this;

    public ExtentId Id { get; } = id;

    /// <summary>128 MiB, or the file's end if snapshot data lies behind 128 MiB.</summary>
    public long SnapshotEnd { get; private set; } = snapshotEnd;

    /// <summary>The sizes are those that the last run left, and nobody has looked at the file yet: see <see cref="Settle"/>.</summary>
    public bool IsAssumed
    {
        get => _isAssumed;
        init => _isAssumed = value;
    }

    public long Watermark => Volatile.Read(ref _watermark);

    public long ModifiedSeconds
    {
        get => Volatile.Read(ref _modifiedSeconds);
        set => Volatile.Write(ref _modifiedSeconds, value);
    }

    /// <summary>The extent CRC, 0 after every write until it is computed again.</summary>
    public uint Crc { get; private set; }

    public ulong CrcApplyId { get; private set; }

    /// <summary>How often bytes below the watermark were changed since the extent was loaded: two looks with one number saw the same bytes. Appends do not count.</summary>
    public uint Changes { get; private set; }

    /// <summary>The name in the directory survives a power cut.</summary>
    public bool NameIsDurable { get; set; } = true;

    public bool IsDeleted => _deleted;

    public ExtentFile? File => Volatile.Read(ref _file);

    public ExtentRecord Record => new(Id, Watermark, ModifiedSeconds, Crc, CrcApplyId, SnapshotEnd);

    public void Attach(ExtentFile file)
    {
        Invariant.Check(_file is null);
        Volatile.Write(ref _file, file);
    }

    /// <summary>Gives up the open file; the caller lets go of it.</summary>
    public ExtentFile? Detach()
    {
        var file = _file;
        Volatile.Write(ref _file, null);
        return file;
    }

    public void MarkDeleted() => _deleted = true;

    /// <summary>Takes over what the file itself says, before anything was done with it: the one time when a watermark may move back.</summary>
    /// <returns>Whether the file is shorter than it was when the last run ended.</returns>
    public bool Settle(Extent found)
    {
        Invariant.Check(_isAssumed && _file is null);
        var wasCut = found.Watermark < _watermark;
        Volatile.Write(ref _watermark, found.Watermark);
        SnapshotEnd = found.SnapshotEnd;
        _isAssumed = false;
        return wasCut;
    }

    public void AdvanceTo(long watermark)
    {
        Invariant.Check(watermark >= _watermark);
        Invariant.Check(Id.IsTiny ? watermark % ExtentLimits.PageBytes == 0 : watermark <= ExtentLimits.NormalBytesMax);
        Volatile.Write(ref _watermark, watermark);
    }

    public void SetCrc(uint crc, ulong applyId) => (Crc, CrcApplyId) = (crc, applyId);

    /// <summary>Called before the bytes are touched: whether they were is not known if that fails.</summary>
    public void NoteChange() => Changes++;

    /// <summary>Written only when it changes, so that readers on several cores share the line.</summary>
    public void MarkUsed()
    {
        if (!Volatile.Read(ref _recentlyUsed)) Volatile.Write(ref _recentlyUsed, true);
    }

    /// <returns>Whether it was used since the last question.</returns>
    public bool TakeUsedMark()
    {
        var used = Volatile.Read(ref _recentlyUsed);
        Volatile.Write(ref _recentlyUsed, false);
        return used;
    }
}
