using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>An append-only file of records of one size: what was deleted here. Thread-safe. Only grows.</summary>
/// <remarks>Nothing is replayed from it; other replicas and operators read it.</remarks>
/// <param name="isDirty">What is there may not be synced yet.</param>
internal sealed class DeleteLog(IFile file, int recordBytes, bool isDirty) : IDisposable
{
    public const string TinyName = "TINYEXTENT_DELETE";
    public const string NormalName = "NORMALEXTENT_DELETE";
    /// <summary>Extent id, offset, size; the size as asked for, not rounded.</summary>
    public const int TinyRecordBytes = 24;
    public const int NormalRecordBytes = 8;

    private readonly Lock _gate = new();
    private readonly DirtyMark _dirty = new(isDirty);
    private long _end = file.Length;

    public long Length { get { lock (_gate) return _end; } }

    /// <summary>Fills a torn last record with zeros, so that the records behind it stay readable.</summary>
    public void Pad()
    {
        lock (_gate) PadLocked();
    }

    public void AppendTiny(ExtentId id, long offset, long size)
    {
        Span<byte> record = stackalloc byte[TinyRecordBytes];
        BinaryPrimitives.WriteUInt64BigEndian(record, id.Value);
        BinaryPrimitives.WriteInt64BigEndian(record[8..], offset);
        BinaryPrimitives.WriteInt64BigEndian(record[16..], size);
        Append(record);
    }

    public void AppendNormal(ExtentId id)
    {
        Span<byte> record = stackalloc byte[NormalRecordBytes];
        BinaryPrimitives.WriteUInt64BigEndian(record, id.Value);
        Append(record);
    }

    /// <summary>Appends whole records as they came from another replica.</summary>
    public void Append(ReadOnlySpan<byte> records)
    {
        if (records.Length % recordBytes != 0) throw new ArgumentException($"Not a multiple of {recordBytes} bytes.", nameof(records));
        lock (_gate)
        {
            PadLocked();
            // The end moves only after the whole record is written: a failed one is overwritten by the next.
            file.Write(_end, records);
            _dirty.Set();
            _end += records.Length;
        }
    }

    /// <returns>Bytes read; fewer than asked at the end.</returns>
    public int Read(long offset, Span<byte> destination)
    {
        var available = Math.Max(0, Length - offset);
        return file.Read(offset, destination[..(int)Math.Min(destination.Length, available)]);
    }

    public void Sync() => _dirty.Sync(file, []);

    public void Dispose() => file.Dispose();

    private void PadLocked()
    {
        var torn = (int)(_end % recordBytes);
        if (torn == 0) return;
        Span<byte> zeros = stackalloc byte[TinyRecordBytes];
        zeros = zeros[..(recordBytes - torn)];
        zeros.Clear();
        file.Write(_end, zeros);
        _dirty.Set();
        _end += zeros.Length;
    }
}
