using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>Hands out the ids of normal extents. Thread-safe.</summary>
/// <remarks>
/// Invariant: before an id is handed out or accepted, a base at or above it is on the disk (fsync), so no crash makes an id come twice.
/// The base runs ahead by a batch of ids, so that a create costs no fsync; the ids of a batch that a crash skips are never used. It
/// never moves back while ids above it are out. Source of the 1000 records: CubeFS datanode/storage/persistence_crc.go.
/// </remarks>
internal sealed class ExtentIdAllocator : IDisposable
{
    /// <summary>One fsync serves this many creates; as many ids may be skipped by a crash. Chosen by us.</summary>
    public const int BatchIds = 64;
    public const int ReservedRecords = 1000;

    private readonly Lock _gate = new();
    private readonly IFile _file;
    private readonly BlockCrcFile _crcs;
    private ulong _last;
    private ExtentMetaRecord _stored;

    /// <param name="largestFound">The largest normal id in the directory, 0 if there is none.</param>
    public ExtentIdAllocator(IFile file, BlockCrcFile crcs, ulong largestFound)
    {
        (_file, _crcs) = (file, crcs);
        Span<byte> bytes = stackalloc byte[ExtentMetaRecord.Bytes];
        var got = file.Read(0, bytes);
        WasDamaged = !ExtentMetaRecord.TryRead(bytes[..got], out _stored) && got > 0;
        _last = Math.Max(Math.Max(largestFound, ExtentId.NormalBase), _stored.BaseId);
    }

    /// <summary>The file held bytes that are no valid record; the base was rebuilt from the extents found.</summary>
    public bool WasDamaged { get; }

    /// <summary>The last id handed out or seen.</summary>
    public ulong Last { get { lock (_gate) return _last; } }

    /// <returns>None, ExtentLimit if the ids are used up, NoSpace.</returns>
    public StorageError Allocate(out ExtentId id)
    {
        lock (_gate)
        {
            id = default;
            if (_last >= ExtentId.NormalLast) return StorageError.ExtentLimit;
            if (!Cover(_last + 1)) return StorageError.NoSpace;
            id = new ExtentId(++_last);
            return StorageError.None;
        }
    }

    /// <summary>Takes note of an id that another replica handed out.</summary>
    /// <returns>False if there is no space to make that durable.</returns>
    public bool Observe(ExtentId id)
    {
        lock (_gate)
        {
            if (id.Value <= _last && id.Value <= _stored.BaseId) return true;
            if (!Cover(id.Value)) return false;
            _last = Math.Max(_last, id.Value);
            return true;
        }
    }

    /// <summary>Stores the exact base, so that a clean stop skips no id.</summary>
    public void StoreExact()
    {
        lock (_gate)
        {
            if (_stored.BaseId != _last && _stored.BaseId != 0) Store(_stored with { BaseId = _last });
        }
    }

    public void Dispose() => _file.Dispose();

    private bool Cover(ulong id)
    {
        if (id <= _stored.BaseId) return true;
        var highest = Math.Max(id, _last); // Go may have left a base below the extents it made
        var next = _stored with { BaseId = highest + BatchIds - 1 };
        try
        {
            if (next.BaseId > next.ReservedEnd)
            {
                var from = Math.Max(highest, next.ReservedEnd);
                _crcs.Reserve(from, ReservedRecords);
                next = next with { ReservedEnd = from + ReservedRecords };
            }
            Invariant.Check(next.BaseId <= next.ReservedEnd);
            Store(next);
            return true;
        }
        catch (DiskFaultException fault) when (fault.IsNoSpace)
        {
            return false;
        }
    }

    private void Store(ExtentMetaRecord record)
    {
        Span<byte> bytes = stackalloc byte[ExtentMetaRecord.Bytes];
        record.Write(bytes);
        _file.Write(0, bytes);
        _file.Sync();
        _stored = record;
    }
}
