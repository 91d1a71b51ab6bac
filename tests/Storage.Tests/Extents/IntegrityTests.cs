using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>Looking at a block, and putting other bytes in its place: only if it still is what it was, and never so that a crash serves what is wrong.</summary>
public sealed class IntegrityTests
{
    private const int Block = ExtentLimits.BlockBytes;
    private static readonly KeepRules Rules = new(CountMax: 3, BytesMax: 3 * Block, KeptFor: TimeSpan.FromDays(1));
    private static readonly string Kept = TestStore.PathOf(ExtentStore.KeptDirectoryName);

    private readonly TestStore _test = new();
    private readonly byte[] _buffer = new byte[Block];

    [Fact]
    public void A_look_tells_damage_from_a_sound_block_and_from_one_without_a_CRC_and_opens_nothing()
    {
        var id = ThreeBlocks();
        Flip(id, Block + 77);
        var open = _test.Disk.OpenFiles;
        Assert.Equal((Block, false, true), Look(id, 0) is var sound ? (sound.Bytes, sound.IsDamaged, sound.Stored == sound.Crc) : default);
        Assert.True(Look(id, 1).IsDamaged);
        Assert.Equal((1000, 0u, false), Look(id, 3) is var tail ? (tail.Bytes, tail.Stored, tail.IsDamaged) : default);
        Assert.Equal(StorageError.EndOfExtent, _test.Store.Examine(id, 4, _buffer, direct: true, out _));
        Assert.Equal(StorageError.ExtentMissing, _test.Store.Examine(new ExtentId(5000), 0, _buffer, direct: true, out _));
        Assert.Equal(StorageError.BadArgument, _test.Store.Examine(id, -1, _buffer, direct: true, out _));
        Assert.Equal(open, _test.Disk.OpenFiles);
        Assert.Equal(0, _test.Store.DamagedBlocks); // nothing was served
    }

    [Fact]
    public void A_direct_look_leaves_the_page_cache_alone()
    {
        var id = ThreeBlocks();
        _test.Disk.DropCaches();
        Look(id, 0);
        _test.Read(id, 2 * Block, 10); // opened for it
        Assert.False(_test.Store.TryReadCached(id, 5, new byte[10], out _));
        Assert.Equal(StorageError.None, _test.Store.Examine(id, 0, _buffer, direct: false, out _));
        Assert.True(_test.Store.TryReadCached(id, 5, new byte[10], out _)); // and it was compared by that look
    }

    [Fact]
    public void A_damaged_block_is_replaced_kept_before_and_served_after_also_by_the_next_opening()
    {
        var id = ThreeBlocks();
        Flip(id, Block + 77);
        var damaged = _test.FileBytes(id.ToString())[Block..(2 * Block)];
        Assert.Equal(StorageError.BlockDamaged, _test.Store.Read(id, Block, new byte[10], out _));
        Assert.Equal(BlockOutcome.Done, _test.Store.Replace(Look(id, 1), TestStore.Bytes(Block, 1), Rules));
        Assert.Equal(TestStore.Bytes(Block, 1), _test.Read(id, Block, Block));
        Assert.Equal(damaged, _test.FileBytes($"{ExtentStore.KeptDirectoryName}/{Assert.Single(_test.Disk.List(Kept)!)}"));
        _test.CloseAndReopen();
        Assert.Equal(TestStore.Bytes(Block, 1), _test.Read(id, Block, Block));
        Assert.Equal(Crc32.Compute(TestStore.Bytes(Block, 1)), _test.StoredCrc(id, 1));
        Assert.Equal(0, _test.Store.DamagedBlocks);
    }

    [Theory]
    [InlineData("overwrite")]
    [InlineData("overwrite with the same")]
    [InlineData("punch")]
    [InlineData("delete")]
    [InlineData("other bytes by nobody")]
    public void A_block_that_is_not_what_it_was_stays_what_it_is(string what)
    {
        var id = ThreeBlocks();
        Flip(id, Block + 77);
        var seen = Look(id, 1);
        switch (what)
        {
            case "overwrite":
                Assert.Equal(StorageError.None, _test.Store.Overwrite(id, Block + 5, [1, 2, 3], 0, sync: false));
                break;
            case "overwrite with the same":
                Assert.Equal(StorageError.None, _test.Store.Overwrite(id, Block, TestStore.Bytes(Block, 1).AsSpan(0, 10), 0, sync: false));
                break;
            case "punch":
                Assert.Equal(StorageError.None, _test.Store.Punch(id, Block, 4096));
                break;
            case "delete":
                Assert.Equal(StorageError.None, _test.Store.Delete(id));
                break;
            default:
                Flip(id, Block + 99);
                break;
        }

        var before = what == "delete" ? [] : _test.FileBytes(id.ToString());
        Assert.Equal(what == "delete" ? BlockOutcome.Gone : BlockOutcome.Changed, _test.Store.Replace(seen, TestStore.Bytes(Block, 1), Rules));
        if (what.StartsWith("overwrite", StringComparison.Ordinal)) Assert.Equal(BlockOutcome.Changed, _test.Store.StoreCrc(seen));
        if (what != "delete") Assert.Equal(before, _test.FileBytes(id.ToString()));
        Assert.Empty(_test.Disk.List(Kept) ?? []);
    }

    [Fact]
    public void What_is_appended_meanwhile_stays_and_the_part_that_was_looked_at_is_replaced()
    {
        var id = ThreeBlocks();
        Flip(id, 3 * Block + 10);
        var seen = Look(id, 3);
        _test.Append(id, (3 * Block) + 1000, TestStore.Bytes(500, 9));
        Assert.Equal(BlockOutcome.Changed, _test.Store.StoreCrc(seen)); // of what came since nothing is known
        Assert.Equal(BlockOutcome.Done, _test.Store.Replace(seen, TestStore.Bytes(1000, 3), Rules));
        Assert.Equal([.. TestStore.Bytes(1000, 3), .. TestStore.Bytes(500, 9)], _test.Read(id, 3 * Block, 1500));
        _test.CloseAndReopen();
        Assert.Equal([.. TestStore.Bytes(1000, 3), .. TestStore.Bytes(500, 9)], _test.Read(id, 3 * Block, 1500));
        Assert.Equal(0, _test.Store.DamagedBlocks);
    }

    [Fact]
    public void A_stored_CRC_that_was_wrong_is_set_right()
    {
        var id = ThreeBlocks();
        using (var crcs = _test.Disk.TryOpen(TestStore.PathOf("EXTENT_CRC"))!) crcs.Write(((long)id.Value * 4096) + 4, [1, 2, 3, 4]);
        Assert.Equal(StorageError.BlockDamaged, _test.Store.Read(id, Block, new byte[10], out _));
        Assert.Equal(BlockOutcome.Done, _test.Store.StoreCrc(Look(id, 1)));
        Assert.Equal(TestStore.Bytes(Block, 1), _test.Read(id, Block, Block));
        _test.CloseAndReopen();
        Assert.Equal(TestStore.Bytes(Block, 1), _test.Read(id, Block, Block));
    }

    [Fact]
    public void Of_a_tiny_extent_only_pages_that_differ_are_written_so_that_holes_stay_holes()
    {
        var id = new ExtentId(3);
        _test.Append(id, 0, TestStore.Bytes(20_000));
        Assert.Equal(StorageError.None, _test.Store.Punch(id, 4096, 4096));
        Flip(id, 9000);
        var seen = Look(id, 0);
        Assert.Equal((16384, 0u, false), (seen.Bytes, seen.Stored, seen.IsDamaged)); // whole pages of its file
        var wanted = TestStore.Bytes(20_000)[..16384];
        wanted.AsSpan(4096, 4096).Clear();
        Assert.Equal(BlockOutcome.Done, _test.Store.Replace(seen, wanted, Rules));
        Assert.Equal(wanted, _test.Read(id, 0, 16384));
        Assert.Equal(StorageError.None, _test.Store.FindRun(id, 4096, out var isHole, out var length));
        Assert.Equal((true, 4096L), (isHole, length));
    }

    [Fact]
    public void So_many_replaced_blocks_are_kept_and_no_more_are_replaced_until_the_first_is_old()
    {
        var id = ThreeBlocks();
        for (var block = 0; block < 3; block++) Assert.Equal(BlockOutcome.Done, _test.Store.Replace(Look(id, block), TestStore.Bytes(Block, 40 + block), Rules));
        var before = _test.FileBytes(id.ToString());
        Assert.Equal(BlockOutcome.KeptFull, _test.Store.Replace(Look(id, 0), TestStore.Bytes(Block, 50), Rules));
        Assert.Equal(before, _test.FileBytes(id.ToString()));
        _test.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(BlockOutcome.Done, _test.Store.Replace(Look(id, 0), TestStore.Bytes(Block, 50), Rules));
        Assert.Single(_test.Disk.List(Kept)!);
    }

    [Fact]
    public void A_disk_without_room_for_the_old_block_keeps_it_where_it_is()
    {
        var id = ThreeBlocks();
        var before = _test.FileBytes(id.ToString());
        _test.Disk.Fault = call => call.Operation == DiskOperation.Write && call.Path.Contains(ExtentStore.KeptDirectoryName, StringComparison.Ordinal) ? DiskFault.NoSpace : null;
        Assert.Equal(BlockOutcome.NoSpace, _test.Store.Replace(Look(id, 0), TestStore.Bytes(Block, 50), Rules));
        Assert.Equal(before, _test.FileBytes(id.ToString()));
        Assert.Equal(TestStore.Bytes(Block, 0), _test.Read(id, 0, Block));
    }

    /// <summary>Cut before each change that reaches the disk: the old bytes are kept before a new one is there, and no opening serves a mixture.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_power_cut_at_any_point_of_a_replacement_leaves_a_block_that_is_refused_or_right(bool tears)
    {
        var right = TestStore.Bytes(Block, 77); // what the others hold: the CRC that is stored here is not its
        var kept = 0;
        for (var cut = 0; ; cut++)
        {
            var test = new TestStore(seed: 100 + cut);
            var id = Fill(test);
            Flip(test, id, Block + 77);
            Flip(test, id, Block + 60_000);
            test.Store.Sync();
            using (var file = test.Disk.TryOpen(TestStore.PathOf(id.ToString()))!) file.Sync();
            test.CloseAndReopen();
            var damaged = test.FileBytes(id.ToString())[Block..(2 * Block)];
            Assert.Equal(StorageError.None, test.Store.Examine(id, 1, _buffer, direct: true, out var seen));
            test.Disk.CrashTearsWrites = tears;
            test.Disk.CrashAt = test.Disk.Changes + cut;
            try
            {
                Assert.Equal(BlockOutcome.Done, test.Store.Replace(seen, right, Rules));
                break; // it was done before the cut: all points were seen
            }
            catch (SimulatedCrashException)
            {
                test.Disk.PowerCut();
            }

            test.Reopen();
            var now = test.FileBytes(id.ToString())[Block..(2 * Block)];
            var bytes = new byte[Block];
            if (test.Store.Read(id, Block, bytes, out _) == StorageError.None) Assert.Equal(right, bytes);
            if (now.AsSpan().SequenceEqual(damaged)) continue;
            // Something was replaced: then what was there before is safe.
            kept++;
            Assert.Equal(damaged, test.FileBytes($"{ExtentStore.KeptDirectoryName}/{Assert.Single(test.Disk.List(Kept)!)}"));
        }

        Assert.True(kept > 0);
    }

    [Fact]
    public void An_extent_that_was_looked_at_as_a_whole_lists_its_CRC_and_blocks_without_one_get_theirs_only_where_others_agree()
    {
        var id = ThreeBlocks();
        var crcs = Enumerable.Range(0, 4).Select(block => Look(id, block).Crc).ToArray();
        var (size, changes) = (_test.Store.Find(id)!.Value.Size, _test.Store.ChangesOf(id, 0)!.Value);
        Assert.Equal(0, _test.Store.PublishCrc(id, crcs, size, changes, applyId: 7, stores: false));
        var listed = _test.Store.Find(id)!.Value;
        Assert.Equal(7ul, listed.CrcApplyId);
        Assert.Equal(0u, _test.StoredCrc(id, 3));
        Assert.Equal(1, _test.Store.PublishCrc(id, crcs, size, changes, applyId: 8, stores: true));
        Assert.Equal(crcs[3], _test.StoredCrc(id, 3));
        Assert.Equal(listed.Crc, _test.Store.Find(id)!.Value.Crc);
        // The same as the one that a master's comparison makes.
        _test.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(StorageError.None, _test.Store.RefreshExtentCrc(id, 9, out var refreshed));
        Assert.Equal(refreshed, listed.Crc);
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, 5, [1], 0, sync: false));
        Assert.Equal(-1, _test.Store.PublishCrc(id, crcs, size, changes, applyId: 10, stores: true));
        Assert.Equal(0u, _test.Store.Find(id)!.Value.Crc);
    }

    [Fact]
    public void Of_a_watched_block_only_its_own_changes_count()
    {
        var id = ThreeBlocks();
        _test.Store.Watch(id, 1);
        var seen = Look(id, 1);
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, (2 * Block) + 5, [1, 2, 3], 0, sync: false));
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, Block - 5, [1, 2, 3], 0, sync: false));
        Assert.Equal(seen, Look(id, 1));
        Assert.Equal(BlockOutcome.Done, _test.Store.Replace(seen, TestStore.Bytes(Block, 50), Rules));
        seen = Look(id, 1);
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, Block - 5, TestStore.Bytes(6), 0, sync: false)); // its first byte
        Assert.Equal(BlockOutcome.Changed, _test.Store.Replace(seen, TestStore.Bytes(Block, 51), Rules));
        seen = Look(id, 1);
        _test.Store.EndWatch(id, 1);
        _test.Store.Watch(id, 1); // nobody knows what was in between
        Assert.NotEqual(seen, Look(id, 1));
    }

    [Fact]
    public void Who_owns_the_store_is_told_of_each_block_that_a_reader_finds_damaged()
    {
        var told = new List<(ExtentId, int)>();
        var id = ThreeBlocks();
        _test.Store.Mismatched = (extent, block) => told.Add((extent, block));
        Flip(id, Block + 77);
        Assert.Equal(StorageError.BlockDamaged, _test.Store.Read(id, Block - 5, new byte[10], out _));
        Assert.Equal([(id, 1)], told);
    }

    /// <summary>Three whole blocks, and a thousand bytes that have no CRC; closed and opened again.</summary>
    private ExtentId ThreeBlocks()
    {
        var id = Fill(_test);
        _test.CloseAndReopen();
        return id;
    }

    private static ExtentId Fill(TestStore test)
    {
        var id = test.CreateExtent();
        for (var block = 0; block < 3; block++) test.Append(id, block * Block, TestStore.Bytes(Block, block));
        test.Append(id, 3 * Block, TestStore.Bytes(1000, 3));
        return id;
    }

    private BlockState Look(ExtentId id, int block)
    {
        Assert.Equal(StorageError.None, _test.Store.Examine(id, block, _buffer, direct: true, out var state));
        return state;
    }

    private void Flip(ExtentId id, long at) => Flip(_test, id, at);

    private static void Flip(TestStore test, ExtentId id, long at)
    {
        using var file = test.Disk.TryOpen(TestStore.PathOf(id.ToString()))!;
        Span<byte> one = stackalloc byte[1];
        file.Read(at, one);
        one[0] ^= 0x10;
        file.Write(at, one);
    }
}
