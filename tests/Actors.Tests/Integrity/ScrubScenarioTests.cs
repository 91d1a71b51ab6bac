using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>A scrubber walks through a disk that nobody reads: what it finds, what it asks others for, and what it leaves alone.</summary>
public sealed class ScrubScenarioTests : IntegrityScenario
{
    private const ulong Second = 1026, Tiny = 5;
    private static readonly TimeSpan First = TimeSpan.FromMinutes(10);

    public ScrubScenarioTests() => Settings = Settings with
    {
        Integrity = Settings.Integrity with { ScrubBytesPerSecond = 64 << 20, FirstScrub = First, ColdAfter = TimeSpan.FromMinutes(5) },
    };

    [Fact]
    public void What_rotted_in_a_cold_extent_is_found_and_healed_and_the_page_cache_is_left_alone()
    {
        Begin();
        CloseExtents();
        Flip(Block + 77);
        Disk.Files.DropCaches();
        Advance(First);
        Until(() => View.Counts.Mismatches == 1 && Time.IsDueIn(Confirm), "the block is suspect");
        Advance(Confirm);
        Healed();
        Assert.Equal(Content, OnDisk());
        Assert.Equal((3L, (long)Content.Length), (View.Counts.BlocksScrubbed, View.Counts.BytesScrubbed));
        Assert.Equal(StorageError.None, Read(0)); // opens it
        Disk.Files.DropCaches();
        Assert.False(Store.TryReadCached(new ExtentId(Extent), 2 * Block, new byte[10], out _));
    }

    [Fact]
    public void A_sound_disk_is_walked_through_without_a_byte_from_others_and_again_after_the_period()
    {
        Begin();
        Advance(First);
        Passed();
        var scrubber = Assert.Single(View.Disks);
        Assert.Equal((true, "/disk0", 1), (scrubber.IsOn, scrubber.Disk, scrubber.PartitionsDone));
        Assert.True(View.Partitions.ContainsKey(new PartitionId(Number)));
        Assert.Equal((3L, 0L, 0L), (View.Counts.BlocksScrubbed, View.Counts.PeerBytes, View.Counts.Mismatches));
        Assert.Equal(0, Peers.Sum(peer => peer.Reads));
        var record = ScrubRecord.Load(Disk.Files, "/disk0");
        Assert.Equal((true, Number, scrubber.LastFullPass!.Value.ToUnixTimeSeconds()), (record.IsPassDone, record.Partition, record.LastFullPass));
        // The others see in its list what it holds, without reading it.
        Assert.NotEqual(0u, Store.Find(new ExtentId(Extent))!.Value.Crc);
    }

    [Fact]
    public void What_was_appended_to_a_short_time_ago_is_left_to_the_next_walk()
    {
        Settings = Settings with { Integrity = Settings.Integrity with { ColdAfter = TimeSpan.FromHours(1) } };
        Begin();
        Advance(First);
        Passed();
        Assert.Equal(0, View.Counts.BlocksScrubbed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_block_without_a_CRC_gets_one_only_if_another_replica_lists_the_same_bytes(bool isListed)
    {
        Begin();
        var content = AddSecond();
        if (isListed) Peers[1].Listed[Second] = ExtentCrc(content);
        Advance(First);
        Passed();
        Assert.Equal(isListed ? 2 : 0, View.Counts.Filled);
        Assert.Equal(StorageError.None, Store.BlockCrcs(new ExtentId(Second), out var crcs));
        Assert.Equal(isListed, crcs.All(crc => crc != 0));
        Assert.Equal(ExtentCrc(content), Store.Find(new ExtentId(Second))!.Value.Crc);
        Assert.Equal((isListed ? 1L : 0L, 0), (View.Counts.ExtentsAgreed, Peers.Sum(peer => peer.Reads)));
    }

    [Fact]
    public void Where_another_list_differs_blocks_are_read_there_and_what_has_no_CRC_is_healed_too()
    {
        Begin();
        var content = AddSecond();
        CloseExtents();
        Flip(Block + 5, Second);
        foreach (var peer in Peers) peer.Listed[Second] = ExtentCrc(content);
        Advance(First);
        Walk(() => View.Waiting == 1, "the block is suspect");
        Walk(() => View.Counts.Healed == 1, "it is looked at twice");
        Assert.Equal(content, OnDisk(Second));
        Assert.Equal((1L, 0L), (View.Counts.ExtentsDiffered, View.Counts.Mismatches));
    }

    [Fact]
    public void A_list_that_is_wrong_costs_reading_and_nothing_else()
    {
        Begin();
        var content = AddSecond();
        Peers[0].Listed[Second] = ExtentCrc(content) ^ 1; // as a CubeFS node's may be
        Advance(First);
        Passed();
        Assert.Equal((0L, 0, 2L), (View.Counts.Compared, View.Findings.Count, Peers[0].Reads));
        Assert.Equal(content, OnDisk(Second));
        Assert.Equal(0, View.Counts.Filled);
    }

    [Fact]
    public void A_tiny_extent_is_compared_with_the_next_replica_and_what_was_deleted_somewhere_does_not_count()
    {
        Begin();
        var bytes = AddTiny();
        Peers[0].Extents[Tiny].AsSpan(0, 4096).Clear(); // deleted there already
        Assert.Equal(StorageError.None, Store.Punch(new ExtentId(Tiny), 8192, 4096)); // deleted here first
        Flip(20_000, Tiny);
        Advance(First);
        Walk(() => View.Waiting == 1, "the block is suspect");
        Walk(() => View.Counts.Healed == 1, "it is looked at twice");
        bytes.AsSpan(8192, 4096).Clear();
        Assert.Equal(bytes, OnDisk(Tiny));
    }

    [Fact]
    public void Switched_off_it_reads_nothing()
    {
        Settings = Settings with { Integrity = Settings.Integrity with { ScrubBytesPerSecond = 0 } };
        Begin();
        Advance(First * 3);
        Assert.Equal((0L, false), (View.Counts.BlocksScrubbed, Assert.Single(View.Disks).IsOn));
        Assert.Null(Disk.Files.Stat($"/disk0/{ScrubRecord.Name}"));
    }

    [Fact]
    public void A_media_error_under_the_scrubber_takes_the_replica_out_as_a_reader_s_would()
    {
        Begin();
        CloseExtents();
        Disk.Fails = call => call.Operation == TestKit.DiskOperation.ReadDirect && call.Name == "1025" ? TestKit.DiskFault.MediaError : null;
        Advance(First);
        Until(() => StateOf(Number) == PartitionState.Unavailable, "the replica is given up");
        Walk(() => View.Disks[0].Note.Length > 0, "the walk goes on without it");
        Assert.Null(View.Disks[0].LastFullPass);
    }

    /// <summary>An extent of two blocks of which no CRC is known, on all three replicas.</summary>
    private byte[] AddSecond()
    {
        var content = Requests.Noise(2 * Block, 9);
        var id = new ExtentId(Second);
        Assert.Equal(StorageError.None, Store.CreateExtent(id));
        for (var at = 0; at < content.Length; at += Block / 2) Assert.Equal(StorageError.None, Store.Append(id, at, content.AsSpan(at, Block / 2), 0, sync: true, out _));
        foreach (var peer in Peers) peer.Extents[Second] = [.. content];
        return [.. content];
    }

    private byte[] AddTiny()
    {
        var bytes = Requests.Noise(10 * 4096, 10);
        Assert.Equal(StorageError.None, Store.Append(new ExtentId(Tiny), 0, bytes, 0, sync: true, out _));
        foreach (var peer in Peers) peer.Extents[Tiny] = [.. bytes];
        return [.. bytes];
    }

    private static uint ExtentCrc(byte[] content)
    {
        var table = new byte[content.Length / Block * 4];
        for (var block = 0; block < content.Length / Block; block++) BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan(block * 4), Crc32.Compute(content.AsSpan(block * Block, Block)));
        return Crc32.Compute(table);
    }

    private void Healed()
    {
        Until(() => View.Counts.Healed == 1 && View.Waiting == 0, "the block is healed");
        RunUntilIdle();
    }

    private void Passed() => Walk(() => View.Disks[0].LastFullPass is not null, "the walk is at its end");

    /// <summary>Between two extents the scrubber waits for its bytes, some seconds in all.</summary>
    private void Walk(Func<bool> condition, string what)
    {
        for (var step = 0; step < 400 && !Loop.RunUntil(condition, TimeSpan.FromMilliseconds(25)); step++) Advance(TimeSpan.FromMilliseconds(250));
        Until(condition, what);
        RunUntilIdle();
    }
}
