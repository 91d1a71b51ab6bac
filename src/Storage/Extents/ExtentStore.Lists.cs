using System.Buffers;
using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage;

// What the store tells others about its extents: lists, sums, CRCs, delete logs.
public sealed partial class ExtentStore
{
    /// <summary>A normal extent is listed for comparison only when it was quiet for longer than this (CubeFS RepairInterval).</summary>
    public static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(60);

    /// <summary>A partition's used bytes are measured at most this often (CubeFS datanode/const.go).</summary>
    public static readonly TimeSpan UsageInterval = TimeSpan.FromSeconds(60);

    /// <summary>An extent CRC is computed only when the extent was quiet for longer than this (CubeFS UpdateCrcInterval).</summary>
    public static readonly TimeSpan CrcQuietTime = TimeSpan.FromSeconds(600);

    private long _usedBytes;
    private long _usedMeasuredAt;
    private long _tinyAllocated; // as it was measured then

    /// <summary>All extents, by id; as the last run left them where <see cref="HasAssumed"/>, as in all lists and sums.</summary>
    public IReadOnlyList<ExtentRecord> List() => Select(static _ => true);

    /// <summary>Normal extents that nobody appended to within <see cref="ExtentStoreSettings.QuietTime"/>, by id: what replicas compare.</summary>
    public IReadOnlyList<ExtentRecord> ListQuietNormal()
    {
        var now = Now();
        return Select(extent => !extent.Id.IsTiny && now - extent.ModifiedSeconds > (long)_settings.QuietTime.TotalSeconds);
    }

    /// <summary>The tiny extents among <paramref name="ids"/>, by id.</summary>
    public IReadOnlyList<ExtentRecord> ListTiny(IReadOnlySet<ExtentId> ids) => Select(extent => extent.Id.IsTiny && ids.Contains(extent.Id));

    public ExtentRecord? Find(ExtentId id) => _extents.TryGetValue(id.Value, out var extent) ? extent.Record : null;

    /// <summary>The largest id that exists and the sum of all sizes, tiny watermarks included (opcode 0x16).</summary>
    public (ulong MaxId, long LogicalBytes) Totals()
    {
        var (maxId, bytes) = (0UL, 0L);
        foreach (var extent in _extents.Values)
        {
            maxId = Math.Max(maxId, extent.Id.Value);
            bytes += extent.Record.TotalBytes;
        }
        return (maxId, bytes);
    }

    /// <summary>The sum of the sizes of all extents with an id up to <paramref name="last"/> (opcode 0x11).</summary>
    public long LogicalBytesUpTo(ExtentId last) => _extents.Values.Where(extent => extent.Id.Value <= last.Value).Sum(extent => extent.Record.TotalBytes);

    /// <summary>Bytes that the partition uses, as last measured: sizes of normal extents, occupied bytes of tiny ones.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    /// <summary>Measures <see cref="UsedBytes"/> if the last time is longer ago than <see cref="UsageInterval"/>. Asks the disk.</summary>
    public long RefreshUsedBytes()
    {
        var clock = _settings.Clock;
        if (!_closed && clock.GetElapsedTime(Interlocked.Read(ref _usedMeasuredAt)) >= UsageInterval) MeasureUsedBytes();
        return UsedBytes;
    }

    /// <summary>Length in bytes of TINYEXTENT_DELETE, the measure that replicas exchange.</summary>
    public long TinyDeleteLogBytes => _tinyDeletes.Length;

    /// <summary>Length in bytes of NORMALEXTENT_DELETE.</summary>
    public long NormalDeleteLogBytes => _normalDeletes.Length;

    /// <returns>Bytes read from TINYEXTENT_DELETE; fewer than asked at its end, 0 if closed.</returns>
    public int ReadTinyDeleteLog(long offset, Span<byte> destination) => _closed || offset < 0 ? 0 : _tinyDeletes.Read(offset, destination);

    /// <returns>Bytes read from NORMALEXTENT_DELETE; fewer than asked at its end, 0 if closed.</returns>
    public int ReadNormalDeleteLog(long offset, Span<byte> destination) => _closed || offset < 0 ? 0 : _normalDeletes.Read(offset, destination);

    /// <summary>Takes over delete records from another replica, a multiple of 24 bytes. They are kept, not carried out, as in CubeFS.</summary>
    /// <returns>None, BadArgument, Closed.</returns>
    public StorageError AppendTinyDeleteLog(ReadOnlySpan<byte> records)
    {
        if (_closed) return StorageError.Closed;
        if (records.Length % DeleteLog.TinyRecordBytes != 0) return StorageError.BadArgument;
        _tinyDeletes.Append(records);
        return StorageError.None;
    }

    /// <summary>
    /// Completes the block CRCs of a quiet normal extent from its bytes and sets its extent CRC: the CRC over its big-endian block CRCs.
    /// A CRC made here says what the disk returned now, and detects what changes later.
    /// </summary>
    /// <param name="applyId">The applied index that the CRC stands for.</param>
    /// <returns>None (also if the extent is not quiet, or empty, and the CRC therefore stays 0), BadArgument, ExtentMissing, ExtentDeleted, EndOfExtent, NoSpace, Closed.</returns>
    public StorageError RefreshExtentCrc(ExtentId id, ulong applyId, out uint crc)
    {
        crc = 0;
        if (_closed) return StorageError.Closed;
        if (!ExtentLimits.IsNormal(id.Value)) return StorageError.BadArgument;
        if (!TryFind(id, out var extent)) return Missing(id);
        var buffer = ArrayPool<byte>.Shared.Rent(ExtentLimits.BlockBytes);
        var opened = false;
        try
        {
            // One block a turn of the lock, so that a client's write waits for one block at most.
            var table = new byte[BlockCrcFile.RecordBytes];
            var watermark = extent.Watermark;
            var blocks = ExtentLimits.BlocksOf(watermark);
            for (var block = 0; block < blocks; block++)
            {
                lock (extent.Gate)
                {
                    var error = OpenLocked(extent, out var file, out var openedNow);
                    opened |= openedNow;
                    if (error != StorageError.None) return error;
                    if (!IsQuiet(extent) || extent.Watermark != watermark) return StorageError.None;
                    error = BlockCrcLocked(extent, file, block, buffer, out var blockCrc);
                    if (error != StorageError.None) return error;
                    BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan(block * sizeof(uint)), blockCrc);
                    if (block < blocks - 1) continue;
                    if (!MatchesTable(file, table, blocks)) return StorageError.None; // an overwrite came in between: the next round tries again
                    crc = Crc32.Compute(table.AsSpan(0, blocks * sizeof(uint)));
                    extent.SetCrc(crc, applyId);
                }
            }
            return StorageError.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (opened) Admit(extent);
        }
    }

    private StorageError BlockCrcLocked(Extent extent, ExtentFile file, int block, byte[] buffer, out uint crc)
    {
        crc = file.Blocks[block];
        if (crc != 0) return StorageError.None;
        var start = (long)block * ExtentLimits.BlockBytes;
        var present = (int)Math.Min(ExtentLimits.BlockBytes, file.FileEnd - start);
        if (present <= 0 || file.File.Read(start, buffer.AsSpan(0, present)) < present) return StorageError.EndOfExtent;
        crc = Crc32.Compute(buffer.AsSpan(0, present));
        try
        {
            _crcs.Store(extent.Id, block, [crc]);
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            return StorageError.NoSpace;
        }
        file.Blocks.SetWritten(block, crc);
        return StorageError.None;
    }

    private static bool MatchesTable(ExtentFile file, ReadOnlySpan<byte> table, int blocks)
    {
        for (var block = 0; block < blocks; block++)
            if (file.Blocks[block] != BinaryPrimitives.ReadUInt32BigEndian(table[(block * sizeof(uint))..])) return false;
        return true;
    }

    private bool IsQuiet(Extent extent) => Now() - extent.ModifiedSeconds > (long)CrcQuietTime.TotalSeconds;

    private void MeasureUsedBytes()
    {
        long tiny = 0;
        for (var id = ExtentId.TinyFirst; id <= ExtentId.TinyLast; id++)
            if (_extents.ContainsKey(id)) tiny += _files.Stat(PathOf(new ExtentId(id)))?.AllocatedBytes ?? 0;
        TakeUsedBytes(tiny);
    }

    private void TakeUsedBytes(long tinyAllocated)
    {
        var bytes = tinyAllocated;
        foreach (var (_, extent) in _extents) // unlike Values it makes no copy
            if (!extent.Id.IsTiny) bytes += extent.Record.TotalBytes;
        Interlocked.Exchange(ref _tinyAllocated, tinyAllocated);
        Interlocked.Exchange(ref _usedBytes, bytes);
        Interlocked.Exchange(ref _usedMeasuredAt, _settings.Clock.GetTimestamp());
    }

    private List<ExtentRecord> Select(Func<Extent, bool> wanted)
    {
        var records = new List<ExtentRecord>();
        foreach (var extent in _extents.Values)
            if (wanted(extent)) records.Add(extent.Record);
        records.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return records;
    }
}
