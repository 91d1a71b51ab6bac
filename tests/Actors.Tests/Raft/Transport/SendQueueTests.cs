using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

public sealed class SendQueueTests
{
    private const int DirectBytes = 16 << 10, FrameBytesMax = 4 << 20;

    /// <summary>Random messages against a pool that is spent again and again: what was accepted leaves byte for byte, what was refused leaves no trace.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Accepted_frames_leave_whole_and_in_order_and_refused_ones_leave_no_trace(int seed)
    {
        var random = new Random(seed);
        var pool = new BufferPool(1 << 20);
        var queue = new SendQueue(pool, DirectBytes);
        Assert.True(pool.TryRent(64 << 10, out var lease));
        random.NextBytes(lease.Data.Span);
        var spent = new List<BufferLease>();
        var sent = new List<byte>();
        var accepted = new Queue<(RaftMessage Message, int[] Entries)>();
        var (refused, checkedFrames) = (0, 0);
        for (var step = 0; step < 2000; step++)
        {
            switch (random.Next(8))
            {
                case 0 when pool.TryRent(BufferPool.ShortBytesMax, out var more):
                    spent.Add(more);
                    break;
                case 1 when spent.Count > 0:
                    spent[^1].Release();
                    spent.RemoveAt(spent.Count - 1);
                    break;
                case 2 or 3 or 4:
                    Add(step);
                    break;
                default:
                    if (queue.TryTake(out var segment))
                    {
                        sent.AddRange(segment.Memory.Span);
                        queue.Done(segment);
                    }

                    break;
            }
        }

        while (queue.TryTake(out var segment))
        {
            sent.AddRange(segment.Memory.Span);
            queue.Done(segment);
        }

        Check();
        Assert.True(refused > 0 && checkedFrames > 100, $"{refused} refused, {checkedFrames} accepted");
        Assert.Equal((0L, 0), (queue.Bytes, queue.Messages));
        foreach (var each in spent) each.Release();
        lease.Release();
        Assert.False(queue.TryTake(out _));
        Assert.Equal(0, pool.Outstanding);

        void Add(int index)
        {
            int[] sizes = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(3) == 0 ? random.Next(60_000) : random.Next(5000))];
            var message = RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two, (ulong)index);
            RaftPayload[] entries = [.. sizes.Select((size, i) => new RaftPayload(new RaftEntryHeader(RaftEntryType.Normal, 8, (ulong)(index + 1 + i), size), lease, BufferLease.HeadroomBytes))];
            var (bytes, messages) = (queue.Bytes, queue.Messages);
            var entriesBytes = sizes.Sum(size => size + RaftEntryHeader.SizedBytes);
            if (queue.TryAddAppend(message, entries, entriesBytes))
            {
                accepted.Enqueue((message, sizes));
                (bytes, messages) = (bytes + RaftFrame.MessageBytes + entriesBytes, messages + 1);
            }
            else
            {
                refused++;
            }

            Assert.Equal((bytes, messages), (queue.Bytes, queue.Messages));
        }

        void Check()
        {
            ReadOnlySpan<byte> rest = sent.ToArray();
            while (!rest.IsEmpty)
            {
                Assert.Equal(DecodeStatus.Complete, RaftFrame.TryRead(rest, FrameBytesMax, 0, out var frame));
                var (message, sizes) = accepted.Dequeue();
                Assert.Equal(message, frame.Message);
                var i = 0;
                foreach (var entry in frame.Entries) Assert.True(entry.Data.SequenceEqual(lease.Data.Span[..sizes[i++]]));
                Assert.Equal(sizes.Length, i);
                rest = rest[frame.Bytes..];
                checkedFrames++;
            }

            Assert.Empty(accepted);
        }
    }

    [Fact]
    public void Short_messages_that_gather_leave_with_one_call()
    {
        var pool = new BufferPool(1 << 20);
        var queue = new SendQueue(pool, DirectBytes);
        for (ulong i = 0; i < 100; i++) Assert.True(queue.TryAdd(RaftWorld.Message(RaftMessageType.AppendReply, RaftWorld.Two, i)));
        Assert.True(queue.TryTake(out var segment));
        Assert.Equal((100 * RaftFrame.MessageBytes, 100), (segment.Bytes, segment.Messages));
        Assert.Equal(0, pool.Outstanding); // in the queue's own buffer
        queue.Done(segment);
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public void Long_entries_are_not_copied_and_their_headers_share_a_buffer()
    {
        var pool = new BufferPool(4 << 20);
        var queue = new SendQueue(pool, DirectBytes);
        Assert.True(pool.TryRent(BufferPool.BlockBytes, out var lease));
        RaftPayload[] entries = [new(new RaftEntryHeader(RaftEntryType.Normal, 8, 1, BufferPool.BlockBytes), lease, BufferLease.HeadroomBytes)];
        for (var i = 0; i < 20; i++)
            Assert.True(queue.TryAddAppend(RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two), entries, RaftEntryHeader.SizedBytes + BufferPool.BlockBytes));
        Assert.Equal(1, pool.Outstanding);
        lease.Release();
        Assert.Equal(20, queue.Clear());
        Assert.Equal(0, pool.Outstanding);
    }
}
