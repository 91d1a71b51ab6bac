using System.Net.Sockets;

namespace CubeActors.TestKit.Network;

/// <summary>One direction of a simulated connection: bytes in order, and the faults that a test has planned for them.</summary>
/// <remarks>Offsets count all bytes ever sent in this direction, from 0. Thread-safe.</remarks>
public sealed class SimulatedDirection(TimeProvider time)
{
    /// <summary>What a sender gets rid of before it has to wait for the reader, as with a socket's buffers.</summary>
    public const int BufferBytes = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<Segment> _segments = new();
    private readonly Dictionary<long, byte> _corrupt = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _queuedBytes;
    private long? _resetAt;
    private long? _endAt;
    private bool _held;
    private bool _ended;
    private bool _reset;
    private bool _readerGone;
    private bool _writerGone;

    /// <summary>Bytes that the sender got rid of so far.</summary>
    public long SentBytes { get; private set; }

    /// <summary>The most that one receive gives; small values cut packets apart.</summary>
    public int ReceiveBytesMax { get; set; } = int.MaxValue;

    /// <summary>How long bytes are under way, by the network's clock.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Flips the bits of <paramref name="mask"/> in one byte.</summary>
    public void CorruptAt(long offset, byte mask) => Change(() => _corrupt[offset] = mask);

    /// <summary>Everything from this byte on is lost and both calls at this direction fail.</summary>
    public void ResetAt(long offset) => Change(() => _resetAt = offset);

    /// <summary>The reader sees the end of the stream at this byte; what the sender sends beyond it is lost.</summary>
    public void EndAt(long offset) => Change(() => _endAt = offset);

    /// <summary>Bytes stay under way until <see cref="Deliver"/>.</summary>
    public void Hold() => Change(() => _held = true);

    public void Deliver() => Change(() => _held = false);

    internal void Reset() => Change(() => _reset = true);
    internal void End() => Change(() => _ended = true);
    internal void ReaderLeaves() => Change(() => _readerGone = true);
    internal void WriterLeaves() => Change(() => (_writerGone, _ended) = (true, true));

    internal async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Task wait;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_writerGone, this);
                if (_reset || _readerGone) throw new SocketException((int)SocketError.ConnectionReset);
                var room = (int)Math.Min(bytes.Length, BufferBytes - _queuedBytes);
                if (room > 0)
                {
                    Take(bytes[..room]);
                    bytes = bytes[room..];
                    continue;
                }

                wait = _changed.Task;
            }

            await wait.ConfigureAwait(false);
        }
    }

    internal async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        while (true)
        {
            Task wait;
            var arrivesIn = TimeSpan.Zero;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_readerGone, this);
                if (_segments.TryPeek(out var segment) && !_held)
                {
                    arrivesIn = segment.ArrivesAt - time.GetUtcNow();
                    if (arrivesIn <= TimeSpan.Zero) return Give(segment, buffer);
                }
                else if (_reset)
                {
                    throw new SocketException((int)SocketError.ConnectionReset);
                }
                else if (_ended && _segments.Count == 0)
                {
                    return 0;
                }

                wait = _changed.Task;
            }

            if (arrivesIn > TimeSpan.Zero) await Task.WhenAny(wait, Task.Delay(arrivesIn, time)).ConfigureAwait(false);
            else await wait.ConfigureAwait(false);
        }
    }

    private void Take(ReadOnlyMemory<byte> bytes)
    {
        var data = bytes.ToArray();
        foreach (var (offset, mask) in _corrupt)
            if (offset >= SentBytes && offset < SentBytes + data.Length) data[offset - SentBytes] ^= mask;
        var kept = Math.Min(data.Length, Math.Min(_resetAt ?? long.MaxValue, _endAt ?? long.MaxValue) - SentBytes);
        SentBytes += data.Length;
        if (kept > 0 && !_ended)
        {
            _segments.Enqueue(new Segment(data.AsMemory(0, (int)kept), time.GetUtcNow() + Latency));
            _queuedBytes += kept;
        }

        if (SentBytes >= _resetAt) _reset = true;
        if (SentBytes >= _endAt) _ended = true;
        Signal();
    }

    private int Give(Segment segment, Memory<byte> buffer)
    {
        var given = Math.Min(Math.Min(segment.Rest.Length, buffer.Length), ReceiveBytesMax);
        segment.Rest[..given].CopyTo(buffer);
        segment.Rest = segment.Rest[given..];
        if (segment.Rest.IsEmpty) _segments.Dequeue();
        _queuedBytes -= given;
        Signal();
        return given;
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            Signal();
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Segment(ReadOnlyMemory<byte> bytes, DateTimeOffset arrivesAt)
    {
        public ReadOnlyMemory<byte> Rest { get; set; } = bytes;
        public DateTimeOffset ArrivesAt => arrivesAt;
    }
}
