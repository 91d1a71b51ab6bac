using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>What a store has acknowledged, byte by byte; and what one unfinished call may have done to it.</summary>
internal sealed class StoreModel
{
    private readonly Dictionary<ExtentId, byte[]> _extents = [];
    private readonly HashSet<ExtentId> _deleted = [];

    /// <summary>The call under way: the extent it is about, and each content that it may leave behind, byte by byte mixed.</summary>
    private (ExtentId Id, byte[] After, bool MayVanish)? _pending;

    public IReadOnlyCollection<ExtentId> Ids => _extents.Keys;

    public byte[] this[ExtentId id] => _extents.GetValueOrDefault(id, []);

    public void BeginAppend(ExtentId id, ReadOnlySpan<byte> data)
    {
        var before = this[id];
        var start = id.IsTiny ? (int)ExtentLimits.AlignUp(before.Length) : before.Length;
        var after = new byte[start + data.Length];
        before.CopyTo(after, 0);
        data.CopyTo(after.AsSpan(start));
        _pending = (id, after, false);
    }

    public void BeginOverwrite(ExtentId id, long offset, ReadOnlySpan<byte> data)
    {
        var after = (byte[])this[id].Clone();
        data.CopyTo(after.AsSpan((int)offset));
        _pending = (id, after, false);
    }

    public void BeginPunch(ExtentId id, long offset, long size)
    {
        var after = (byte[])this[id].Clone();
        after.AsSpan((int)offset, (int)Math.Min(ExtentLimits.AlignUp(size), after.Length - offset)).Clear();
        _pending = (id, after, false);
    }

    public void BeginCreate(ExtentId id) => _pending = (id, [], true);

    public void BeginDelete(ExtentId id) => _pending = (id, this[id], true);

    /// <summary>The call was acknowledged.</summary>
    public void Commit(bool deleted = false)
    {
        var (id, after, _) = _pending!.Value;
        _pending = null;
        if (!deleted) _extents[id] = after;
        else if (_extents.Remove(id)) _deleted.Add(id);
    }

    /// <summary>The call ended without an answer and the store was opened again: whatever is there now is the truth.</summary>
    public void AdoptPending(TestStore test)
    {
        if (_pending is not { } pending) return;
        _pending = null;
        if (test.Store.Find(pending.Id) is not { } found)
        {
            _extents.Remove(pending.Id);
            return;
        }
        var length = pending.Id.IsTiny ? test.FileBytes(pending.Id.ToString()).Length : (int)found.Size;
        _extents[pending.Id] = test.FileBytes(pending.Id.ToString())[..length];
    }

    /// <summary>Compares an opened store with everything acknowledged, and the directory with the invariants of storage-and-repair 8.1.</summary>
    public void Check(TestStore test, string when)
    {
        var store = test.Store;
        foreach (var id in _extents.Keys.Where(id => !id.IsTiny || this[id].Length > 0)) CheckExtent(test, id, when);
        foreach (var id in _deleted) Assert.True(store.Find(id) is null, $"{when}: deleted extent {id} is back");
        foreach (var record in store.List())
        {
            Assert.True(record.Id.IsTiny || _extents.ContainsKey(record.Id) || (_pending?.Id == record.Id && record.Size == 0), $"{when}: extent {record.Id} came from nowhere");
            Assert.True(record.Id.Value <= store.BaseExtentId || record.Id.IsTiny, $"{when}: base {store.BaseExtentId} below {record.Id}");
            CheckStoredCrcs(test, record, when);
        }
        Assert.True(test.FileBytes("EXTENT_META") is { Length: 0 } or { Length: 20 } && !store.Notes.Any(), $"{when}: EXTENT_META");
        Assert.True(test.FileBytes("TINYEXTENT_DELETE").Length % 24 == 0, $"{when}: TINYEXTENT_DELETE");
        Assert.DoesNotContain(test.Disk.List(TestStore.Directory)!, name => name.StartsWith("READDIR", StringComparison.Ordinal));
    }

    private void CheckExtent(TestStore test, ExtentId id, string when)
    {
        var acknowledged = this[id];
        var pending = _pending?.Id == id ? _pending : null;
        if (test.Store.Find(id) is not { } record)
        {
            Assert.True(pending is { MayVanish: true }, $"{when}: extent {id} is lost");
            return;
        }
        var longest = Math.Max(acknowledged.Length, pending?.After.Length ?? 0);
        var (least, most) = id.IsTiny ? (ExtentLimits.AlignUp(acknowledged.Length), ExtentLimits.AlignUp(longest)) : (acknowledged.Length, longest);
        Assert.True(record.Size >= least && record.Size <= most, $"{when}: extent {id} has size {record.Size}, acknowledged {acknowledged.Length}");
        var length = (int)Math.Min(longest, id.IsTiny ? test.FileBytes(id.ToString()).Length : record.Size);
        Assert.True(length >= acknowledged.Length, $"{when}: extent {id} is cut");
        if (length == 0) return;
        var bytes = new byte[length];
        Assert.True(test.Store.Read(id, 0, bytes, out _) == StorageError.None, $"{when}: extent {id} cannot be read");
        if (pending is null && bytes.AsSpan().SequenceEqual(acknowledged)) return;
        var after = pending?.After ?? [];
        var isTiny = id.IsTiny;
        for (var i = 0; i < length; i++)
        {
            var fits = (i < acknowledged.Length && bytes[i] == acknowledged[i]) || (i < after.Length && bytes[i] == after[i])
                || (isTiny && i >= acknowledged.Length && bytes[i] == 0);
            if (!fits) Assert.Fail($"{when}: extent {id} has a wrong byte at {i}");
        }
    }

    private static void CheckStoredCrcs(TestStore test, ExtentRecord record, string when)
    {
        if (record.Id.IsTiny) return;
        var file = test.FileBytes(record.Id.ToString());
        var crcs = new byte[4096];
        using (var open = test.Disk.TryOpen(TestStore.PathOf("EXTENT_CRC"))!) open.Read((long)record.Id.Value * crcs.Length, crcs);
        for (var block = 0; block < ExtentLimits.BlocksOf(file.Length); block++)
        {
            var stored = BinaryPrimitives.ReadUInt32BigEndian(crcs.AsSpan(block * 4));
            var present = file.AsSpan(block * ExtentLimits.BlockBytes);
            Assert.True(stored == 0 || stored == Crc32.Compute(present[..Math.Min(present.Length, ExtentLimits.BlockBytes)]), $"{when}: extent {record.Id} block {block} has a false CRC");
        }
    }
}
