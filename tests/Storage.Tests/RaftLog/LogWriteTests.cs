using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class LogWriteTests
{
    private const int Kib = 1024;

    [Fact]
    public void A_file_ends_before_the_entry_that_would_pass_32_MiB()
    {
        var test = new TestLog();
        const int Data = 1024 * Kib - LogRecord.EntryOverheadBytes; // a record of 1 MiB
        for (ulong index = 1; index <= 32; index++) test.Append(index, index, 5, Data);
        Assert.Single(test.LogNames);
        Assert.Equal(32 * 1024 * Kib, test.Content(test.LogNames[0]).Length); // exactly full is not too full
        test.Append(33, 33, 5, 0);
        Assert.Equal([WalBuilder.Name(1, 1), WalBuilder.Name(2, 33)], test.LogNames);
        Assert.Equal(33UL, test.Reopen().Last.Index);
        Assert.Equal(new TermRun(1, 5), Assert.Single(test.Log.Report.Terms));
    }

    [Fact]
    public void A_file_of_more_than_128_KiB_ends_after_an_hour_and_a_smaller_one_does_not()
    {
        var test = new TestLog();
        test.Append(1, 1, 5, 100 * Kib);
        test.Clock.Advance(TimeSpan.FromHours(5));
        test.Append(2, 2, 5, 100 * Kib);
        Assert.Single(test.LogNames);
        test.Append(3, 3, 5);
        Assert.Equal([WalBuilder.Name(1, 1), WalBuilder.Name(2, 3)], test.LogNames);
        test.Append(4, 4, 5, 200 * Kib);
        test.Clock.Advance(TimeSpan.FromHours(1));
        test.Append(5, 5, 5);
        Assert.Equal(2, test.LogNames.Length); // an hour exactly is not more than an hour
        test.Clock.Advance(TimeSpan.FromSeconds(1));
        test.Append(6, 6, 5);
        Assert.Equal(WalBuilder.Name(3, 6), test.LogNames[2]);
        Assert.Null(test.Go().Problem);
    }

    [Fact]
    public void The_hour_begins_anew_when_the_log_is_opened()
    {
        var test = new TestLog();
        test.Append(1, 1, 5, 200 * Kib);
        test.Clock.Advance(TimeSpan.FromHours(2));
        test.Reopen();
        test.Append(2, 2, 5);
        Assert.Single(test.LogNames);
    }

    [Fact]
    public void Entries_of_all_sizes_come_back_from_many_files()
    {
        var random = new Random(7);
        var test = new TestLog(settings: s => s with { FileBytesMax = 300 * Kib });
        var all = new List<WalBuilder.Entry>();
        for (ulong index = 1; index <= 200;)
        {
            var batch = new WalBuilder.Entry[random.Next(1, 6)];
            for (var i = 0; i < batch.Length; i++, index++)
                batch[i] = new WalBuilder.Entry(index, 1 + index / 50, WalBuilder.DataOf(index, 1, random.Next(4) == 0 ? random.Next(400 * Kib) : random.Next(5000)), (byte)random.Next(2));
            test.Append(batch);
            all.AddRange(batch);
        }
        Assert.True(test.LogNames.Length > 10, $"{test.LogNames.Length} files");
        TestLog.AssertSame(all, test.Read(1, test.Log.Last.Index, bufferBytes: 1024 * Kib));
        test.Reopen();
        TestLog.AssertSame(all, test.Read(1, test.Log.Last.Index, bufferBytes: 1024 * Kib, slicesMax: 100));
        Assert.Null(test.Go().Problem);
        Assert.Equal(all.Count, test.Go().Entries.Count);
    }

    [Fact]
    public void A_batch_is_one_write_and_large_data_is_not_copied_into_it()
    {
        var test = new TestLog();
        test.Append(1, 1, 5);
        var writes = new List<long>();
        test.Disk.Fault = call =>
        {
            if (call.Operation == DiskOperation.Write) writes.Add(call.Count);
            return null;
        };
        test.Append(2, 21, 5, 1000);
        Assert.Equal([20 * 1030], writes);
        writes.Clear();
        test.Append(22, 23, 5, 100_000);
        Assert.Equal([26, 100_000, 4 + 26, 100_000, 4], writes);
        writes.Clear();
        test.Append(24, 24, 5, 0);
        test.Append(25, 25, 5, RaftLogStaging.DirectBytes - 1); // does not fit into the staging buffer of the tests
        Assert.Equal([30, 26, RaftLogStaging.DirectBytes - 1, 4], writes);
    }

    [Fact]
    public void Entries_must_follow_the_last_one_in_index_and_term()
    {
        foreach (var (index, term) in new[] { (3UL, 5UL), (5UL, 5UL), (4UL, 4UL) })
        {
            var test = new TestLog();
            test.Append(1, 3, 5);
            Assert.Throws<InvariantViolationException>(() => test.Append(index, index, term));
            Assert.Throws<DiskFaultException>(() => test.Append(4, 4, 5)); // what the memory holds is doubtful now
        }
        var other = new TestLog();
        RaftLogEntry[] wrong = [new(new RaftEntryHeader(RaftEntryType.Normal, 5, 1, 3), new byte[2])];
        Assert.Throws<InvariantViolationException>(() => other.Log.Append(wrong, other.Staging));
    }

    [Fact]
    public void After_a_failed_write_the_log_refuses_everything_and_the_next_open_finds_what_was_written_before()
    {
        var test = new TestLog();
        test.Append(1, 3, 5);
        test.Disk.Fault = call => call.Operation == DiskOperation.Write ? new DiskFault(LinuxError.NoSpace, BytesBefore: 50) : null;
        Assert.True(Assert.Throws<DiskFaultException>(() => test.Append(4, 5, 5)).IsNoSpace);
        test.Disk.Fault = null;
        Assert.Throws<DiskFaultException>(() => test.Append(4, 5, 5));
        Assert.Throws<DiskFaultException>(() => test.Log.SaveHardState(new HardState(6, default, 1)));
        Assert.Throws<DiskFaultException>(() => test.Log.Sync());
        Assert.Throws<DiskFaultException>(() => test.Log.TruncateBack(2));
        test.Log.Close();
        Assert.Equal(0, test.Disk.OpenFiles);
        Assert.Equal(4UL, test.Open().Report.Last.Index); // the first of the batch was whole; it was not acknowledged, and may stay
    }

    [Fact]
    public void A_sync_is_wanted_for_entries_and_promises_but_not_for_a_commit_index()
    {
        var test = new TestLog();
        Assert.False(test.Log.NeedsSync);
        test.Append(1, 3, 5);
        Assert.Equal((true, false), (test.Log.NeedsSync, test.Log.HardStateNeedsSync));
        test.Log.Sync();
        Assert.False(test.Log.NeedsSync);
        test.Log.SaveHardState(new HardState(5, default, 0));
        Assert.Equal((true, true), (test.Log.NeedsSync, test.Log.HardStateNeedsSync));
        test.Log.Sync();
        test.Log.SaveHardState(new HardState(5, new NodeId(2), 0));
        Assert.True(test.Log.HardStateNeedsSync);
        test.Log.Sync();
        test.Log.SaveHardState(new HardState(5, new NodeId(2), 2));
        Assert.False(test.Log.NeedsSync);
        Assert.Equal(2UL, test.KillAndReopen().HardState.Commit); // written all the same
        test.Log.SaveHardState(new HardState(5, new NodeId(2), 3));
        test.Log.Close();
        Assert.Equal(3UL, test.CutPowerAndReopen().HardState.Commit); // and durable with a clean stop
    }

    [Fact]
    public void A_commit_index_ahead_of_the_entries_is_written_when_they_come()
    {
        var test = new TestLog();
        test.Append(1, 2, 5);
        test.Log.SaveHardState(new HardState(5, default, 4));
        Assert.Equal(2UL, test.Go().Commit);
        test.Append(3, 5, 5);
        Assert.Equal(4UL, test.Go().Commit);
        Assert.Throws<InvariantViolationException>(() => test.Log.SaveHardState(new HardState(5, default, 3)));
        Assert.Throws<InvariantViolationException>(() => Reopened(test).SaveHardState(new HardState(4, default, 4)));
    }

    [Theory] // files of the entries 1..3, 4..6, 7..8
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 1)]
    [InlineData(8, 1)]
    public void A_truncation_at_the_front_deletes_the_files_that_lie_before_it_but_never_the_last(ulong index, int left)
    {
        var test = ThreeFiles();
        var deleted = new List<string>();
        var syncedBefore = false;
        test.Disk.Fault = call =>
        {
            if (call is { Operation: DiskOperation.Sync, Name: "META" }) syncedBefore = deleted.Count == 0;
            if (call.Operation == DiskOperation.Delete) deleted.Add(call.Name);
            return null;
        };
        test.Log.TruncateFront(index);
        test.Disk.Fault = null;
        Assert.Equal(left, test.LogNames.Length);
        Assert.Equal(deleted.Order(StringComparer.Ordinal), deleted); // the oldest first
        Assert.Equal(deleted.Count > 0, syncedBefore);
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(new LogPosition(5, index), test.Log.Truncated);
            TestLog.AssertSame(WalBuilder.Entries(index + 1, 8, 5), test.ReadAll());
            Assert.Equal(RaftLogReadStatus.Truncated, test.Log.Read(index, 8, new byte[100], new RaftLogSlice[1]).Status);
            Assert.Null(test.Go().Problem);
            Assert.Equal(index, test.Reopen().HardState.Commit); // what is truncated was committed
        }
        test.Log.TruncateFront(index); // nothing to do
        test.Append(9, 9, 6);
        Assert.Equal(9UL, test.KillAndReopen().Last.Index);
    }

    [Theory] // files of the entries 1..3, 4..6, 7..8
    [InlineData(8, 3)]
    [InlineData(7, 3)]
    [InlineData(6, 2)]
    [InlineData(4, 2)]
    [InlineData(3, 1)]
    [InlineData(1, 1)]
    public void A_truncation_at_the_back_leaves_what_is_before_it_and_the_log_goes_on_there(ulong from, int left)
    {
        var test = ThreeFiles();
        test.Log.TruncateBack(9); // nothing there
        test.Log.TruncateBack(from);
        Assert.Equal((from - 1, left), (test.Log.Last.Index, test.LogNames.Length));
        Assert.Equal(from == 1 ? default : new LogPosition(5, from - 1), test.Log.Last);
        Assert.Equal(RaftLogReadStatus.BehindEnd, test.Log.Read(from, 100, new byte[100], new RaftLogSlice[1]).Status);
        Assert.Null(test.Go().Problem);
        test.Append(from, from + 4, 6);
        WalBuilder.Entry[] expected = [.. WalBuilder.Entries(1, from - 1, 5), .. WalBuilder.Entries(from, from + 4, 6)];
        for (var round = 0; round < 2; round++)
        {
            TestLog.AssertSame(expected, test.ReadAll());
            Assert.Null(test.Go().Problem);
            Assert.Equal(RaftLogLoss.HardState, test.Reopen().Loss & ~RaftLogLoss.NotCaughtUp); // the test saves no term 6
        }
    }

    [Fact]
    public void Nothing_committed_can_be_truncated_at_the_back_and_nothing_missing_at_the_front()
    {
        var test = ThreeFiles();
        test.Log.SaveHardState(new HardState(5, default, 5));
        Assert.Throws<InvariantViolationException>(() => test.Log.TruncateBack(5));
        test.Log.TruncateBack(6);
        Assert.Throws<InvariantViolationException>(() => test.Log.TruncateFront(6));
    }

    [Theory]
    [InlineData(0, 20)]  // into an empty log
    [InlineData(8, 20)]  // behind all entries
    [InlineData(8, 5)]   // the log goes on behind it, with entries that the leader does not have
    public void A_snapshot_replaces_the_whole_log_and_the_next_entry_follows_it(ulong last, ulong index)
    {
        var test = last == 0 ? new TestLog() : ThreeFiles();
        test.Log.InstallSnapshot(new LogPosition(7, index), new HardState(9, new NodeId(2), 3), test.Staging);
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal((new LogPosition(7, index), new LogPosition(7, index)), (test.Log.Truncated, test.Log.Last));
            Assert.Empty(test.ReadAll());
            Assert.Single(test.LogNames);
            var go = test.Go();
            Assert.Equal((null, index + 1, index, index, 9UL, 2UL), (go.Problem, go.First, go.Last, go.Commit, go.Term, go.Vote));
            Assert.Equal(RaftLogLoss.None, test.Reopen().Loss);
        }
        test.Append(index + 1, index + 9, 9);
        Assert.Equal(index + 9, ClosedAndCut(test).Last.Index);
        TestLog.AssertSame(WalBuilder.Entries(index + 1, index + 9, 9), test.ReadAll());
    }

    private static RaftLog Reopened(TestLog test)
    {
        test.Kill();
        return test.Open();
    }

    private static RaftLogReport ClosedAndCut(TestLog test)
    {
        test.Log.Close();
        return test.CutPowerAndReopen();
    }

    private static TestLog ThreeFiles()
    {
        var test = new TestLog(settings: s => s with { FileBytesMax = 3 * 40 });
        test.Append(1, 8, 5);
        test.Log.SaveHardState(new HardState(5, default, 0));
        Assert.Equal([WalBuilder.Name(1, 1), WalBuilder.Name(2, 4), WalBuilder.Name(3, 7)], test.LogNames);
        return test;
    }
}
