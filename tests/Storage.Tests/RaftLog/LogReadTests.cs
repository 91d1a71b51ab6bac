namespace CubeActors.Storage.Tests;

public sealed class LogReadTests
{
    private readonly RaftLogSlice[] _slices = new RaftLogSlice[100];

    [Fact]
    public void A_read_ends_at_the_last_entry_wanted_the_buffer_the_slices_or_the_log()
    {
        var test = Filled();
        Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 5), test.Log.Read(3, 7, new byte[10_000], _slices));
        Assert.Equal(Enumerable.Range(3, 5).Select(i => (ulong)i), _slices[..5].Select(slice => slice.Header.Index));
        Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 3), test.Log.Read(3, 7, new byte[159], _slices));
        Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 4), test.Log.Read(3, 7, new byte[160], _slices));
        Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 2), test.Log.Read(3, 7, new byte[10_000], _slices.AsSpan(0, 2)));
        Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 8), test.Log.Read(3, 700, new byte[10_000], _slices));
        Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 1), test.Log.Read(10, 10, new byte[40], _slices));
        Assert.Equal(RaftLogReadStatus.BehindEnd, test.Log.Read(11, 20, new byte[100], _slices).Status);
        Assert.Equal(RaftLogReadStatus.BehindEnd, test.Log.Read(5, 4, new byte[100], _slices).Status);
        Assert.Throws<ArgumentOutOfRangeException>(() => test.Log.Read(0, 4, new byte[100], _slices));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public void A_buffer_too_small_for_one_entry_is_told_how_large_it_must_be(ulong index)
    {
        var test = Filled();
        for (var bytes = 0; bytes < 40; bytes++)
        {
            var read = test.Log.Read(index, index, new byte[bytes], _slices);
            Assert.Equal((RaftLogReadStatus.BufferTooSmall, bytes < LogRecord.HeaderBytes ? LogRecord.EntryOverheadBytes : 40), (read.Status, read.BytesNeeded));
        }
    }

    [Theory]
    [InlineData(1UL, 0, "no record begins here at offset 0")]
    [InlineData(2UL, 45, "no record begins here at offset 40")]
    [InlineData(2UL, 70, "the checksum of a record is wrong at offset 40")]
    [InlineData(10UL, 30, "the checksum of a record is wrong at offset 0")]
    public void Bytes_that_broke_since_are_found_and_named_and_entries_before_them_are_served(ulong index, int at, string problem)
    {
        var test = Filled();
        var name = test.LogNames[index == 10 ? 3 : 0];
        using (var file = test.Disk.TryOpen($"{TestLog.Directory}/{name}")!) file.Write(at, [(byte)(test.Content(name)[at] ^ 0x81)]);
        var read = test.Log.Read(index, 10, new byte[1000], _slices);
        Assert.Equal((RaftLogReadStatus.Damaged, $"{TestLog.Directory}/{name}: {problem}"), (read.Status, read.Problem));
        if (index == 2) Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, 1), test.Log.Read(1, 10, new byte[1000], _slices));
    }

    [Fact]
    public void A_finished_file_whose_index_broke_since_or_that_is_gone_is_damage()
    {
        var test = Filled();
        using (var file = test.Disk.TryOpen($"{TestLog.Directory}/{test.LogNames[0]}")!) file.Write(120 + 13 + 20, new byte[8]);
        Assert.Contains("the index is broken", test.Log.Read(2, 2, new byte[100], _slices).Problem, StringComparison.Ordinal);
        Assert.Contains("the index is broken", test.Log.Read(1, 1, new byte[100], _slices).Problem, StringComparison.Ordinal);
        test.Disk.DeleteFile($"{TestLog.Directory}/{test.LogNames[1]}");
        Assert.Contains("the file is missing", test.Log.Read(5, 5, new byte[100], _slices).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_and_syncs_on_other_threads_see_whole_entries_while_the_log_grows_and_is_cut()
    {
        var test = new TestLog(settings: s => s with { FileBytesMax = 2000 });
        test.Append(1, 5, 1);
        using var stop = new CancellationTokenSource();
        var entriesRead = new int[2];
        var readers = Enumerable.Range(0, 2).Select(number => Task.Run(() =>
        {
            var (random, buffer, slices) = (new Random(number), new byte[5000], new RaftLogSlice[50]);
            while (!stop.IsCancellationRequested)
            {
                var (first, last) = (test.Log.Truncated.Index + 1, test.Log.Last.Index);
                if (last < first) continue;
                var read = test.Log.Read(first + (ulong)random.NextInt64((long)(last - first) + 1), last, buffer, slices);
                Assert.True(read.Status is RaftLogReadStatus.Read or RaftLogReadStatus.Truncated or RaftLogReadStatus.BehindEnd, $"{read}");
                foreach (var slice in slices.AsSpan(0, read.Count))
                {
                    Assert.Equal(WalBuilder.DataOf(slice.Header.Index, slice.Header.Term, 10), slice.Data(buffer).ToArray());
                    Interlocked.Increment(ref entriesRead[number]);
                }
                test.Log.Sync();
            }
        })).ToArray();
        var random = new Random(1);
        ulong commit = 0;
        // As long as it takes the readers to have seen enough of it.
        for (var round = 1UL; (round < 400 || entriesRead.Min() < 2000) && !readers.Any(reader => reader.IsFaulted); round++)
        {
            var last = test.Log.Last.Index;
            test.Append(last + 1, last + (ulong)random.Next(1, 40), round);
            if (random.Next(3) == 0) test.Log.TruncateBack(commit + 1 + (ulong)random.NextInt64((long)(test.Log.Last.Index - commit)));
            if (random.Next(5) == 0 && test.Log.Last.Index > commit) test.Log.TruncateFront(commit = test.Log.Last.Index - (ulong)random.NextInt64((long)(test.Log.Last.Index - commit)));
            if (random.Next(40) == 0) test.Log.InstallSnapshot(new Protocol.LogPosition(round, commit = test.Log.Last.Index + 3), new Protocol.HardState(round, default, 0), test.Staging);
        }
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        test.Log.Close();
        Assert.Equal(0, test.Disk.OpenFiles);
    }

    /// <summary>Ten entries, three in a file.</summary>
    private static TestLog Filled()
    {
        var test = new TestLog(settings: s => s with { FileBytesMax = 120 });
        test.Append(1, 10, 5);
        Assert.Equal(4, test.LogNames.Length);
        return test;
    }
}
