using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What an overwrite in the log does to a replica, outcome by outcome. Source: raft.md 4.1 to 4.3.</summary>
public sealed class StateMachineOverwriteTests
{
    private static readonly byte[] New = "NEW"u8.ToArray();
    private readonly VirtualTime _time = new();
    private readonly TestReplica _replica;
    private readonly ExtentId _extent;

    public StateMachineOverwriteTests()
    {
        _replica = new TestReplica(_time);
        _extent = _replica.NewExtent("0123456789"u8.ToArray());
    }

    [Theory]
    [InlineData(0x0F, false)]
    [InlineData(0x12, true)]
    [InlineData(0xB3, false)]
    [InlineData(0xB4, true)]
    public void It_replaces_bytes_in_place_and_the_sync_forms_make_them_durable(byte opcode, bool syncs)
    {
        var synced = 0;
        _replica.Files.Fault = call =>
        {
            if (call.Operation == DiskOperation.Sync && call.Name == _extent.ToString()) synced++;
            return null;
        };

        Assert.Equal(ApplyResult.Done, _replica.Apply(5, TestReplica.Overwrite(_extent, 4, New, (Opcode)opcode)));

        Assert.Equal("0123NEW789"u8.ToArray(), _replica.Read(_extent, 0, 10));
        Assert.Equal(syncs ? 1 : 0, synced);
        Assert.Equal((5ul, 0ul), (_replica.Machine.Applied, _replica.Machine.DurableApplied)); // the index is durable only with Save
    }

    [Fact]
    public void It_changes_neither_the_size_of_the_extent_nor_its_modify_time()
    {
        var before = _replica.Store.Find(_extent)!.Value;
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(ApplyResult.Done, _replica.Apply(1, TestReplica.Overwrite(_extent, 8, New)));

        var after = _replica.Store.Find(_extent)!.Value;
        Assert.Equal((10L, before.ModifiedSeconds), (after.Size, after.ModifiedSeconds)); // also behind the end: as CubeFS
    }

    [Fact]
    public void Of_a_tiny_extent_it_replaces_bytes_like_of_any_other()
    {
        var tiny = new ExtentId(7);
        Assert.Equal(StorageError.None, _replica.Store.Append(tiny, 0, new byte[4096], Crc32.Compute(new byte[4096]), sync: false, out _));

        Assert.Equal(ApplyResult.Done, _replica.Apply(1, TestReplica.Overwrite(tiny, 100, New)));

        Assert.Equal(New, _replica.Read(tiny, 100, 3));
        Assert.Equal(4096, _replica.Store.Find(tiny)!.Value.Size);
    }

    [Theory]
    [InlineData(0x0F)]
    [InlineData(0xB1)] // of a volume with snapshots too: the size is looked at first
    [InlineData(0xB6)]
    public void Without_data_it_only_moves_the_applied_id(byte opcode)
    {
        Assert.Equal(ApplyResult.Done, _replica.Apply(3, TestReplica.Overwrite(_extent, 0, [], (Opcode)opcode)));

        Assert.Equal(3ul, _replica.Machine.Applied);
        Assert.Equal("0123456789"u8.ToArray(), _replica.Read(_extent, 0, 10));
    }

    [Fact]
    public void An_entry_that_META_covers_is_skipped_and_moves_nothing()
    {
        _replica.Record.Change(meta => meta with { ApplyId = 5 });

        Assert.Equal(ApplyResult.Done, _replica.Apply(5, TestReplica.Overwrite(_extent, 0, New)));
        Assert.Equal(0ul, _replica.Machine.Applied);
        Assert.Equal("012"u8.ToArray(), _replica.Read(_extent, 0, 3)); // it may have been changed again since
        Assert.Equal(ApplyResult.Done, _replica.Apply(6, TestReplica.Overwrite(_extent, 0, New)));
        Assert.Equal(6ul, _replica.Machine.Applied);
        Assert.Equal(New, _replica.Read(_extent, 0, 3));
    }

    [Fact]
    public void An_extent_that_is_gone_or_never_was_counts_as_written()
    {
        Assert.Equal(StorageError.None, _replica.Store.Delete(_extent));

        Assert.Equal(ApplyResult.Done, _replica.Apply(1, TestReplica.Overwrite(_extent, 0, New)));
        Assert.Equal(ApplyResult.Done, _replica.Apply(2, TestReplica.Overwrite(new ExtentId(4711), 0, New)));

        Assert.Equal(2ul, _replica.Machine.Applied);
        Assert.Empty(_replica.Notes); // an everyday thing
        Assert.Null(_replica.Store.Find(new ExtentId(4711)));
    }

    [Fact]
    public void A_closed_store_leaves_the_entry_to_the_next_start()
    {
        _replica.Store.Close();

        Assert.Equal(ApplyResult.StoreClosed, _replica.Apply(1, TestReplica.Overwrite(_extent, 0, New)));

        Assert.Equal(0ul, _replica.Machine.Applied);
    }

    [Fact]
    public void A_full_disk_leaves_the_entry_to_be_tried_again_and_then_it_is_applied()
    {
        _replica.Files.Fault = call => call.Operation == DiskOperation.Write && call.Name == _extent.ToString() ? DiskFault.NoSpace : null;
        var entry = TestReplica.Overwrite(_extent, 0, New);

        Assert.Equal(ApplyResult.NoSpace, _replica.Apply(1, entry));
        Assert.Equal(0ul, _replica.Machine.Applied);

        _replica.Files.Fault = null;
        Assert.Equal(ApplyResult.Done, _replica.Apply(1, entry));
        Assert.Equal(1ul, _replica.Machine.Applied);
        Assert.Equal(New, _replica.Read(_extent, 0, 3));
    }

    [Fact]
    public void A_media_error_is_thrown_and_the_entry_does_not_count_as_applied()
    {
        _replica.Files.Fault = call => call.Operation == DiskOperation.Write && call.Name == _extent.ToString() ? DiskFault.MediaError : null;

        var fault = Assert.Throws<DiskFaultException>(() => _replica.Apply(1, TestReplica.Overwrite(_extent, 0, New)));

        Assert.True(fault.IsMediaError);
        Assert.Equal(0ul, _replica.Machine.Applied);
    }

    [Theory]
    [InlineData(1025UL, 134217728L)] // behind the longest extent
    [InlineData(100UL, 0L)]          // neither tiny nor normal
    public void What_a_Go_leader_proposed_unchecked_is_ignored_with_a_sentence_and_counts_as_applied(ulong extent, long offset)
    {
        Assert.Equal(ApplyResult.Done, _replica.Apply(9, TestReplica.Overwrite(new ExtentId(extent), offset, New)));

        Assert.Equal(9ul, _replica.Machine.Applied);
        var note = Assert.Single(_replica.Notes);
        Assert.Contains("entry 9 is ignored", note);
        Assert.Contains($"extent {extent} at {offset}", note);
    }

    [Theory]
    [InlineData(0xB1)]
    [InlineData(0xB2)]
    [InlineData(0xB6)]
    [InlineData(0xB7)]
    public void Data_of_a_volume_with_snapshots_stop_the_replica_by_name(byte opcode)
    {
        var stop = Assert.Throws<StorageCorruptException>(() => _replica.Apply(4, TestReplica.Overwrite(_extent, 0, New, (Opcode)opcode)));

        Assert.Contains($"entry 4 of its raft log holds opcode 0x{opcode:x2} of a volume with snapshots", stop.Message);
        Assert.StartsWith(_replica.Directory, stop.Message);
        Assert.Equal(0ul, _replica.Machine.Applied);
        Assert.Equal("012"u8.ToArray(), _replica.Read(_extent, 0, 3));
    }

    [Fact]
    public void An_overwrite_that_is_cut_off_anywhere_stops_the_replica_and_writes_nothing()
    {
        var whole = TestReplica.Overwrite(_extent, 0, New);
        for (var cut = 1; cut < whole.Length; cut++)
            Assert.Throws<StorageCorruptException>(() => _replica.Apply(1, whole[..cut]));
        Assert.Equal(0ul, _replica.Machine.Applied);
        Assert.Equal("012"u8.ToArray(), _replica.Read(_extent, 0, 3));
    }

    [Theory]
    [InlineData(4, 0x03)]   // an opcode that is no overwrite
    [InlineData(13, 0x80)]  // a negative offset
    [InlineData(21, 0x80)]  // a negative size
    public void A_command_that_no_client_could_have_sent_stops_the_replica(int at, byte value)
    {
        var command = TestReplica.Overwrite(_extent, 0, New);
        command[at] = value;

        Assert.Throws<StorageCorruptException>(() => _replica.Apply(1, command));

        Assert.Equal(0ul, _replica.Machine.Applied);
    }
}
