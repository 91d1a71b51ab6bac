using System.Collections.Concurrent;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>The writer with its own thread, on the files of the running system.</summary>
public sealed class RaftLogWriterFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cubeactors-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(RaftDurability.Replicated)]
    [InlineData(RaftDurability.Strict)]
    public async Task Groups_that_append_at_once_get_all_their_entries_saved_and_find_them_again(RaftDurability durability)
    {
        const int Groups = 4, Batches = 50, PerBatch = 5;
        var escaped = new ConcurrentQueue<Exception>();
        using var writes = new DiskThreads("log", threads: 1, capacity: 16, escaped.Enqueue);
        using var syncs = new DiskThreads("sync", threads: 1, capacity: 16, escaped.Enqueue);
        var settings = new RaftLogWriterSettings { Durability = durability, SyncInterval = TimeSpan.FromMilliseconds(5) };
        using (var writer = new RaftLogWriter(writes, syncs, TimeProvider.System, settings))
        {
            await Task.WhenAll(Enumerable.Range(0, Groups).Select(number => Task.Run(async () =>
            {
                var group = new Listener();
                var log = writer.Attach(Open(number), group);
                log.SaveHardState(new HardState(1, default, 0));
                long sequence = 0;
                for (var batch = 0; batch < Batches; batch++)
                {
                    var entries = Enumerable.Range(batch * PerBatch + 1, PerBatch).Select(index => Entry((ulong)index)).ToArray();
                    Assert.True(log.TryReserve(PerBatch, entries.Sum(entry => entry.Data.Length)));
                    sequence = log.Append(entries, lease: null);
                    if (batch % 10 == 9) await group.SavedUpToAsync(sequence);
                }
                await group.SavedUpToAsync(sequence);
                log.Close();
                await group.WhenClosed;
            })));
            Assert.Equal(0, writer.QueuedBytes);
        }
        Assert.Empty(escaped);
        for (var number = 0; number < Groups; number++)
        {
            using var log = Open(number);
            Assert.Equal((new LogPosition(1, Batches * PerBatch), RaftLogLoss.None, 1UL), (log.Report.Last, log.Report.Loss, log.Report.HardState.Term));
            var (buffer, slices) = (new byte[1024 * 1024], new RaftLogSlice[Batches * PerBatch]);
            Assert.Equal(new RaftLogRead(RaftLogReadStatus.Read, slices.Length), log.Read(1, ulong.MaxValue, buffer, slices));
            foreach (var slice in slices) Assert.Equal(Entry(slice.Header.Index).Data.ToArray(), slice.Data(buffer).ToArray());
        }
    }

    private RaftLog Open(int number) =>
        RaftLog.Open(LinuxFileSystem.Instance, $"{_directory}/wal_{number}", new RaftLogSettings(TimeProvider.System), applied: 0, new RaftLogStaging(4096));

    private static RaftLogEntry Entry(ulong index)
    {
        var data = new byte[(int)(index % 7) * 300];
        data.AsSpan().Fill((byte)index);
        return new RaftLogEntry(new RaftEntryHeader(RaftEntryType.Normal, 1, index, data.Length), data);
    }

    private sealed class Listener : IRaftLogListener
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private (long Sequence, TaskCompletionSource Reached)? _awaited;
        private long _saved;

        public Task WhenClosed => _closed.Task;

        public Task SavedUpToAsync(long sequence)
        {
            lock (_gate)
            {
                if (_saved >= sequence) return Task.CompletedTask;
                _awaited = (sequence, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                return _awaited.Value.Reached.Task;
            }
        }

        public void Saved(long sequence)
        {
            lock (_gate)
            {
                _saved = sequence;
                if (_awaited is { } awaited && sequence >= awaited.Sequence) awaited.Reached.TrySetResult();
            }
        }

        public void Failed(Exception failure)
        {
            lock (_gate) _awaited?.Reached.TrySetException(failure);
            _closed.TrySetException(failure);
        }

        public void Closed() => _closed.TrySetResult();
    }
}
