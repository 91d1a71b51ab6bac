using System.Runtime.CompilerServices;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>One connection to one data node: requests go out in order and replies come back in the same order.</summary>
/// <remarks>
/// Every reply is compared with the request whose turn it is; a mismatch, a surplus byte, an error reply or a missed deadline ends the
/// connection's use, because what stands behind them in the stream could be taken for another request's answer. One owner at a time;
/// only <see cref="Abort"/> may come from another thread. Sending and receiving packets allocates nothing once warm.
/// </remarks>
internal sealed class DataConnection : IDisposable
{
    /// <summary>Room for every reply without data, and for the front of one with data; the rest of that goes straight to its place.</summary>
    private const int ReceiveBytes = 4096;

    /// <summary>An error body is cut here in messages; all of it is consumed.</summary>
    private const int ErrorCharsMax = 300;

    private readonly IConnection _connection;
    private readonly ITimer _deadline;
    private readonly byte[] _received = GC.AllocateUninitializedArray<byte>(ReceiveBytes, pinned: true);
    private byte[] _toSend = [];
    private int _taken;
    private int _filled;
    private int _owed;
    private bool _spoiled;
    private volatile bool _late;
    private volatile bool _aborted;

    public DataConnection(IConnection connection, string address, TimeProvider time)
    {
        _connection = connection;
        Address = address;
        _deadline = time.CreateTimer(static state => ((DataConnection)state!).OnDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where it was dialled, <c>ip:port</c>.</summary>
    public string Address { get; }

    /// <summary>Nothing is owed, nothing is left over and nothing went wrong: another operation may use it.</summary>
    public bool IsClean => !_spoiled && !_late && !_aborted && _owed == 0 && _taken == _filled;

    /// <summary>A packet was sent, at least in part, whose reply was not taken yet.</summary>
    public bool IsOwedReply => _owed > 0;

    /// <summary>True from its second user on: the peer may have closed it meanwhile, which says nothing about the peer's health.</summary>
    public bool IsReused { get; set; }

    /// <summary>Timestamp of the moment it went idle; meaningful within the pool.</summary>
    public long IdleSince { get; set; }

    /// <summary>Ends whatever waits on this connection. From any thread; the owner still disposes.</summary>
    public void Abort()
    {
        _aborted = true;
        _connection.Dispose();
    }

    public void Dispose()
    {
        _aborted = true;
        _deadline.Dispose();
        _connection.Dispose();
    }

    /// <summary>Sends one packet whose data lies in a lease, header and Arg written into the room before it, in a single send.</summary>
    /// <remarks>The lease must not be shared: its headroom is written.</remarks>
    /// <exception cref="ConnectionFailedException">After one of kind Lost, replies that had come before it can still be received.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(PacketHeader header, ReadOnlyMemory<byte> arg, BufferLease lease, int dataBytes, TimeSpan limit)
    {
        var frontBytes = header.EncodedBytes + arg.Length;
        Invariant.Check(frontBytes <= BufferLease.HeadroomBytes && dataBytes <= lease.Capacity);
        var start = BufferLease.HeadroomBytes - frontBytes;
        header.Write(lease.Array.AsSpan(start));
        arg.Span.CopyTo(lease.Array.AsSpan(start + header.EncodedBytes));
        await SendAsync(lease.Array.AsMemory(start, frontBytes + dataBytes), limit).ConfigureAwait(false);
    }

    /// <summary>Sends one packet with little or no data.</summary>
    public ValueTask SendAsync(PacketHeader header, ReadOnlyMemory<byte> arg, ReadOnlyMemory<byte> data, TimeSpan limit)
    {
        var bytes = header.EncodedBytes + arg.Length + data.Length;
        if (_toSend.Length < bytes) _toSend = new byte[bytes];
        var at = header.Write(_toSend);
        arg.Span.CopyTo(_toSend.AsSpan(at));
        data.Span.CopyTo(_toSend.AsSpan(at + arg.Length));
        return SendAsync(_toSend.AsMemory(0, bytes), limit);
    }

    /// <summary>Takes the next reply, which must answer <paramref name="expected"/> and, if it is a success, carry no data.</summary>
    /// <exception cref="ConnectionFailedException">It did not, or did not come within <paramref name="limit"/>.</exception>
    public ValueTask<PacketReply> ReceiveAsync(ReplyExpectation expected, TimeSpan limit) => ReceiveAsync(expected, Memory<byte>.Empty, limit);

    /// <summary>The same for a reply whose success carries exactly <paramref name="body"/>: a number, whose CRC nobody sets.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PacketReply> ReceiveAsync(ReplyExpectation expected, Memory<byte> body, TimeSpan limit)
    {
        StartDeadline(limit);
        try
        {
            var header = await ReceiveHeaderAsync(expected).ConfigureAwait(false);
            _owed--;
            if (header.Result != ResultCode.Ok) return await ReceiveErrorAsync(header).ConfigureAwait(false);
            if (header.Size != body.Length) throw Violation($"success with {header.Size} bytes of data, expected {body.Length}");
            await SkipAsync((int)header.ArgBytes).ConfigureAwait(false);
            await FillAsync(body).ConfigureAwait(false);
            return new PacketReply(header, null);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    /// <summary>Takes the next packet of a read: at most a block, at most what is left, its CRC checked.</summary>
    /// <param name="destination">Room for one packet; its front is filled.</param>
    /// <param name="wantedBytes">What the request still lacks; a packet of that size is its last.</param>
    /// <returns>On success the header, whose Size is the bytes put into <paramref name="destination"/>.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PacketReply> ReceiveDataAsync(ReplyExpectation expected, Memory<byte> destination, long wantedBytes, TimeSpan limit)
    {
        StartDeadline(limit);
        try
        {
            var header = await ReceiveHeaderAsync(expected).ConfigureAwait(false);
            if (header.Result != ResultCode.Ok)
            {
                _owed--;
                return await ReceiveErrorAsync(header).ConfigureAwait(false);
            }

            if (header.Size == 0 || header.Size > destination.Length || header.Size > wantedBytes)
                throw Violation($"{header.Size} bytes of read data, expected 1 to {Math.Min(destination.Length, wantedBytes)}");
            await SkipAsync((int)header.ArgBytes).ConfigureAwait(false);
            var data = destination[..(int)header.Size];
            await FillAsync(data).ConfigureAwait(false);
            var crc = Crc32.Compute(data.Span);
            if (crc != header.Crc) throw Violation($"read data with CRC {crc:x8}, its header says {header.Crc:x8}");
            if (header.Size == wantedBytes) _owed--;
            return new PacketReply(header, null);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(Memory<byte> packet, TimeSpan limit)
    {
        StartDeadline(limit);
        try
        {
            _owed++;
            await _connection.SendAsync(packet).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // Not closed: a peer that hangs up after an error has sent the reason before, and it can still be received.
            _spoiled = true;
            throw _late
                ? Spoil(ConnectionFailure.Deadline, "send missed its deadline", e)
                : new ConnectionFailedException(ConnectionFailure.Lost, Address, e.Message, e);
        }
        finally
        {
            StopDeadline();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<PacketHeader> ReceiveHeaderAsync(ReplyExpectation expected)
    {
        Invariant.Check(_owed > 0);
        while (true)
        {
            var status = PacketHeader.TryRead(_received.AsSpan(_taken, _filled - _taken), PacketLimits.Replies, out var header, out var bytes);
            if (status == DecodeStatus.Malformed) throw Violation("bytes that are no packet");
            if (status == DecodeStatus.NeedMore)
            {
                await ReceiveMoreAsync().ConfigureAwait(false);
                continue;
            }

            _taken += bytes;
            if (header.HasVersionList) throw Violation("reply with a version list");
            if (expected.FirstMismatch(header) is { } mismatch) throw Violation(mismatch);
            return header;
        }
    }

    private async ValueTask<PacketReply> ReceiveErrorAsync(PacketHeader header)
    {
        // CubeFS servers go deaf after an error reply, and one on a pipeline has more replies behind it: never used again.
        _spoiled = true;
        await SkipAsync((int)header.ArgBytes).ConfigureAwait(false);
        var body = new byte[header.Size];
        await FillAsync(body).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(body);
        return new PacketReply(header, text.Length <= ErrorCharsMax ? text : text[..ErrorCharsMax] + "...");
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync(Memory<byte> destination)
    {
        var buffered = Math.Min(destination.Length, _filled - _taken);
        _received.AsSpan(_taken, buffered).CopyTo(destination.Span);
        _taken += buffered;
        for (var at = buffered; at < destination.Length;)
        {
            var got = await _connection.ReceiveAsync(destination[at..]).ConfigureAwait(false);
            if (got == 0) throw new EndOfStreamException("the peer ended the connection within a packet");
            at += got;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SkipAsync(int bytes)
    {
        while (true)
        {
            var skipped = Math.Min(bytes, _filled - _taken);
            _taken += skipped;
            bytes -= skipped;
            if (bytes == 0) return;
            await ReceiveMoreAsync().ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveMoreAsync()
    {
        if (_taken > 0)
        {
            _received.AsSpan(_taken, _filled - _taken).CopyTo(_received);
            _filled -= _taken;
            _taken = 0;
        }

        var got = await _connection.ReceiveAsync(_received.AsMemory(_filled)).ConfigureAwait(false);
        if (got == 0) throw new EndOfStreamException("the peer ended the connection");
        _filled += got;
    }

    private void StartDeadline(TimeSpan limit) => _deadline.Change(limit, Timeout.InfiniteTimeSpan);

    private void StopDeadline() => _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private void OnDeadline()
    {
        _late = true;
        _connection.Dispose();
    }

    private ConnectionFailedException Violation(string what) => Spoil(ConnectionFailure.Violation, what, null);

    private ConnectionFailedException Failed(Exception e) => e switch
    {
        ConnectionFailedException failed => failed,
        _ when _late => Spoil(ConnectionFailure.Deadline, "reply missed its deadline", e),
        _ => Spoil(ConnectionFailure.Lost, e.Message, e),
    };

    private ConnectionFailedException Spoil(ConnectionFailure failure, string what, Exception? cause)
    {
        _spoiled = true;
        _connection.Dispose();
        return new ConnectionFailedException(failure, Address, what, cause);
    }
}
