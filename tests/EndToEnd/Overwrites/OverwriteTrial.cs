using System.Diagnostics;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.EndToEnd;

/// <summary>How a trial of overwrites ended.</summary>
/// <param name="Unknown">Writes that ended without an acknowledgement.</param>
/// <param name="Slowest">Of the acknowledged ones, with all their retries: what a client saw of an election.</param>
internal sealed record OverwriteCounts(long Acknowledged, long Unknown, TimeSpan Slowest, string? LastFailure);

/// <summary>
/// Overwrites random blocks of stored pieces from several writers at a time, whatever happens to the nodes meanwhile, and verifies at the end that
/// every replica holds for every block the write acknowledged last or a later one, and that all replicas hold the same.
/// </summary>
/// <remarks>Every block belongs to one writer. Blocks at the end of a piece that are not whole are left alone, and verified to be untouched.</remarks>
internal sealed class OverwriteTrial
{
    /// <summary>A writer whose write has failed goes on with another block after this: a cluster without a leader is not to be hammered.</summary>
    private static readonly TimeSpan FailurePause = TimeSpan.FromMilliseconds(100);

    private const int ReadBytes = 32 * StampedBlock.Bytes;

    private readonly VolumeExtents _extents;
    private readonly ReadOnlyMemory<byte> _original;
    private readonly Block[] _blocks;
    private readonly Tail[] _tails;
    private readonly bool _sync;
    private readonly int _seed;
    private long _acknowledged;
    private long _unknown;
    private long _slowestTicks;
    private string? _lastFailure;

    /// <param name="pieces">Of a stored object, in its order.</param>
    /// <param name="original">The whole object's content: what the blocks hold before.</param>
    /// <param name="seed">Of the choice of blocks.</param>
    public OverwriteTrial(VolumeExtents extents, IReadOnlyList<ObjectExtent> pieces, ReadOnlyMemory<byte> original, int seed, bool sync = false)
    {
        (_extents, _original, _seed, _sync) = (extents, original, seed, sync);
        _blocks = [.. from piece in pieces
                      from index in Enumerable.Range(0, (int)(piece.Size / StampedBlock.Bytes))
                      select new Block(piece, (long)index * StampedBlock.Bytes)];
        _tails = [.. pieces.Where(piece => piece.Size % StampedBlock.Bytes != 0).Select(piece => new Tail(piece, piece.Size / StampedBlock.Bytes * StampedBlock.Bytes))];
    }

    public OverwriteCounts Counts =>
        new(Interlocked.Read(ref _acknowledged), Interlocked.Read(ref _unknown), new TimeSpan(Interlocked.Read(ref _slowestTicks)), Volatile.Read(ref _lastFailure));

    /// <summary>Writes until <paramref name="stop"/>; returns when all writers have seen their last write end.</summary>
    /// <param name="abandon">Cancels writes that are under way: their outcome is then unknown.</param>
    public Task RunAsync(int writers, CancellationToken stop, CancellationToken abandon = default)
    {
        Assert.InRange(writers, 1, _blocks.Length);
        return Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteAsync(writer, writers, stop, abandon), CancellationToken.None)));
    }

    /// <summary>Reads every block from every replica, again and again until all is right or <see cref="Eventually.Deadline"/> has passed.</summary>
    /// <remarks>A follower applies a moment after the leader, one that was away after it has caught up: only what stays wrong is a fault.</remarks>
    /// <returns>Copies of blocks compared.</returns>
    public async Task<int> VerifyAsync()
    {
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            var (copies, faults) = await InspectAsync();
            if (faults.Count == 0) return copies;
            if (Stopwatch.GetElapsedTime(start) > Eventually.Deadline)
                Assert.Fail($"{faults.Count} faults in {copies} copies of blocks (seed {_seed}):{Environment.NewLine}{string.Join(Environment.NewLine, faults.Take(20))}");
            await Task.Delay(FailurePause);
        }
    }

    private async Task WriteAsync(int writer, int writers, CancellationToken stop, CancellationToken abandon)
    {
        var random = new Random(unchecked((_seed * 397) + writer));
        var own = _blocks.Where((_, index) => index % writers == writer).ToArray();
        var data = new byte[StampedBlock.Bytes];
        while (!stop.IsCancellationRequested && !abandon.IsCancellationRequested)
        {
            var block = own[random.Next(own.Length)];
            StampedBlock.Write(data, block.Place, block.History.Begin());
            var start = Stopwatch.GetTimestamp();
            try
            {
                await _extents.OverwriteAsync(block.Piece, block.Skip, data, _sync, abandon);
                block.History.Acknowledge();
                Interlocked.Increment(ref _acknowledged);
                NoteTime(Stopwatch.GetElapsedTime(start));
            }
            catch (Exception e) when (e is CubeClientException or OperationCanceledException)
            {
                block.History.GiveUp();
                Interlocked.Increment(ref _unknown);
                Volatile.Write(ref _lastFailure, e.Message);
                if (!abandon.IsCancellationRequested) await Task.Delay(FailurePause, CancellationToken.None);
            }
        }
    }

    private void NoteTime(TimeSpan taken)
    {
        long before;
        while ((before = Interlocked.Read(ref _slowestTicks)) < taken.Ticks && Interlocked.CompareExchange(ref _slowestTicks, taken.Ticks, before) != before) { }
    }

    private async Task<(int Copies, List<string> Faults)> InspectAsync()
    {
        var faults = new List<string>();
        var copies = 0;
        foreach (var blocks in _blocks.GroupBy(block => block.Piece))
        {
            var hosts = await _extents.GetHostsAsync(new PartitionId(blocks.Key.PartitionId));
            foreach (var run in blocks.Chunk(ReadBytes / StampedBlock.Bytes))
            {
                var replicas = new byte[hosts.Count][];
                for (var i = 0; i < hosts.Count; i++) replicas[i] = await ReadAsync(blocks.Key, run[0].Skip, run.Length * StampedBlock.Bytes, i, faults);
                for (var at = 0; at < run.Length; at++)
                {
                    copies += hosts.Count;
                    Compare(run[at], hosts, replicas, at * StampedBlock.Bytes, faults);
                }
            }
        }

        foreach (var tail in _tails)
        {
            var hosts = await _extents.GetHostsAsync(new PartitionId(tail.Piece.PartitionId));
            for (var i = 0; i < hosts.Count; i++)
            {
                var bytes = await ReadAsync(tail.Piece, tail.Skip, (int)(tail.Piece.Size - tail.Skip), i, faults);
                if (!bytes.AsSpan().SequenceEqual(OriginalAt(tail.Piece, tail.Skip, bytes.Length))) faults.Add($"{hosts[i]}: bytes behind the last block of {tail.Piece} have changed");
            }
        }

        return (copies, faults);
    }

    private void Compare(Block block, IReadOnlyList<string> hosts, byte[][] replicas, int at, List<string> faults)
    {
        var original = OriginalAt(block.Piece, block.Skip, StampedBlock.Bytes);
        var first = replicas[0].AsSpan(at, StampedBlock.Bytes);
        for (var i = 0; i < hosts.Count; i++)
        {
            var copy = replicas[i].AsSpan(at, StampedBlock.Bytes);
            if (block.History.FindFault(copy, block.Place, original) is { } fault) faults.Add($"{hosts[i]}: {block.Place} {fault}");
            else if (!copy.SequenceEqual(first)) faults.Add($"{hosts[i]}: {block.Place} differs from {hosts[0]}");
        }
    }

    private ReadOnlySpan<byte> OriginalAt(ObjectExtent piece, long skip, int bytes) => _original.Span.Slice((int)(piece.FileOffset + skip), bytes);

    // A replica that cannot be read is a fault of all that it should hold; zeros are no write and no original.
    private async Task<byte[]> ReadAsync(ObjectExtent piece, long skip, int bytes, int replica, List<string> faults)
    {
        var copy = new byte[bytes];
        try
        {
            await _extents.ReadAsync(piece, skip, copy, replica: replica);
        }
        catch (CubeClientException e)
        {
            faults.Add(e.Message);
        }

        return copy;
    }

    private sealed class Block(ObjectExtent piece, long skip)
    {
        public ObjectExtent Piece => piece;
        public long Skip => skip;
        public BlockPlace Place { get; } = new(piece.PartitionId, piece.ExtentId, piece.ExtentOffset + skip);
        public BlockHistory History { get; } = new();
    }

    private sealed record Tail(ObjectExtent Piece, long Skip);
}
