using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage.Tests;

/// <summary>
/// Goal: appends, overwrites, reads, evictions and deletes on several threads never show wrong bytes, a false damage or a leaked file.
/// Method: more extents than may be open, and contents that follow from extent and offset alone.
/// </summary>
public sealed class ConcurrencyTests
{
    private const int Block = ExtentLimits.BlockBytes;

    [Fact]
    public void Readers_see_only_true_bytes_while_extents_grow_are_rewritten_evicted_and_deleted()
    {
        var test = new TestStore(settings: s => s with { OpenExtentsMax = 2 });
        var store = test.Store;
        var filesBefore = test.Disk.OpenFiles;
        var ids = Enumerable.Range(0, 5).Select(_ => test.CreateExtent()).ToArray();
        var contents = ids.Select(id => TestStore.Bytes(6 * Block, (int)id.Value)).ToArray();
        var failures = new System.Collections.Concurrent.ConcurrentBag<string>();
        var writersLeft = ids.Length;
        var writers = ids.Select((id, n) => new Thread(() =>
        {
            var random = new Random(n);
            for (long at = 0; at < contents[n].Length;)
            {
                var count = (int)Math.Min(random.Next(2) == 0 ? Block : random.Next(1, 60_000), contents[n].Length - at);
                var data = contents[n].AsSpan((int)at, count);
                if (store.Append(id, at, data, Crc32.Compute(data), random.Next(8) == 0, out var end) != StorageError.None || end != at + count) failures.Add($"append {id} at {at}");
                at += count;
                // The same bytes again: readers must not notice, the CRC records do.
                var block = random.Next((int)(at / Block) + 1) * Block;
                var again = contents[n].AsSpan(block, Math.Min(Block, (int)at - block));
                if (!again.IsEmpty && store.Overwrite(id, block, again, Crc32.Compute(again), false) != StorageError.None) failures.Add($"overwrite {id}");
            }
            if (n == 0 && store.Delete(id) != StorageError.None) failures.Add("delete");
            Interlocked.Decrement(ref writersLeft);
        })).ToArray();
        var readers = Enumerable.Range(0, 3).Select(n => new Thread(() =>
        {
            var random = new Random(100 + n);
            var bytes = new byte[Block];
            while (Volatile.Read(ref writersLeft) > 0)
            {
                var at = random.Next(ids.Length);
                if (store.Find(ids[at]) is not { Size: > 0 } record) continue;
                var offset = random.NextInt64(record.Size);
                if (random.Next(2) == 0) offset = offset / Block * Block;
                var part = bytes.AsSpan(0, (int)Math.Min(record.Size - offset, random.Next(2) == 0 ? Block : random.Next(1, Block)));
                var error = store.TryReadCached(ids[at], offset, part, out var crc) ? StorageError.None : store.Read(ids[at], offset, part, out crc);
                if (at == 0 && error is StorageError.ExtentDeleted) continue;
                if (error != StorageError.None || !part.SequenceEqual(contents[at].AsSpan((int)offset, part.Length)) || crc != Crc32.Compute(part))
                    failures.Add($"read {ids[at]} at {offset}+{part.Length}: {error}");
            }
        })).ToArray();
        foreach (var thread in writers.Concat(readers)) thread.Start();
        foreach (var thread in writers.Concat(readers)) thread.Join();
        Assert.Empty(failures);
        Assert.InRange(test.Disk.OpenFiles, filesBefore, filesBefore + 2);
        store.Close();
        Assert.Equal(0, test.Disk.OpenFiles);
        test.Reopen();
        for (var n = 1; n < ids.Length; n++) Assert.Equal(contents[n], test.Read(ids[n], 0, contents[n].Length));
    }

    [Fact]
    public void Of_several_appends_at_one_offset_exactly_one_succeeds()
    {
        var test = new TestStore();
        var id = test.CreateExtent();
        for (var round = 0; round < 50; round++)
        {
            var at = test.Store.Find(id)!.Value.Size;
            var succeeded = 0;
            var threads = Enumerable.Range(0, 4).Select(n => new Thread(() =>
            {
                var data = TestStore.Bytes(1000, n);
                if (test.Store.Append(id, at, data, Crc32.Compute(data), false, out _) == StorageError.None) Interlocked.Increment(ref succeeded);
            })).ToArray();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            Assert.Equal(1, succeeded);
            Assert.Equal(at + 1000, test.Store.Find(id)!.Value.Size);
        }
    }
}
