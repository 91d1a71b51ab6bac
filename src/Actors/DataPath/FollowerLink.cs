using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The connection from one client connection to one follower: dialled for it, used by nobody else, closed with it.</summary>
/// <remarks>
/// Packets go out in order and each is answered by exactly one packet in the same order; every identifying field of the answer must match
/// what was sent. A doubt closes the link, and with it all that waits on it. Never pooled: a stale answer has no way to anyone (P2).
/// </remarks>
internal sealed class FollowerLink(ClientConnection owner, string address, DataPathServices services)
{
    /// <summary>The longest error text that is kept of a follower; the rest is read and dropped.</summary>
    private const int TextBytesMax = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<Entry> _unsent = new();
    private readonly Queue<Entry> _unanswered = new();
    private readonly AsyncSignal _signal = new(continuesInline: true);
    private readonly byte[] _input = new byte[TextBytesMax];
    private readonly CancellationTokenSource _closing = new();
    private IConnection? _connection;
    private string? _failure;
    private bool _dialling = true;
    private bool _closed;
    private int _loops = 1;
    private int _inputBytes;

    public string Address { get; } = address;

    public bool IsDialling { get { lock (_lock) return _dialling; } }

    /// <summary>Why the link cannot be used, in the words a client gets; null while it can.</summary>
    public string? Failure { get { lock (_lock) return _failure; } }

    public void Start() => _ = DialAsync();

    /// <summary>Sends a packet and keeps a hold on its buffer until it is out.</summary>
    /// <param name="index">The follower's place in the list of the request.</param>
    public void Send(RequestSlot slot, int index, in PacketHeader header, BufferLease lease, ReadOnlyMemory<byte> packet)
    {
        string? failure;
        lock (_lock)
        {
            failure = _closed ? _failure ?? "connection closed" : null;
            if (failure is null)
            {
                lease.Retain();
                _unsent.Enqueue(new Entry(slot, index, header, lease, packet, 0));
            }
        }

        if (failure is null) _signal.Set();
        else owner.FollowerAnswered(slot, index, failure);
    }

    /// <summary>Ends the link. What is unanswered is told so.</summary>
    public void Close() => Fail("connection closed");

    /// <summary>The oldest unanswered packet is overdue: nothing that comes later can be told from its answer.</summary>
    public void CheckDeadline(long now)
    {
        lock (_lock)
            if (!_unanswered.TryPeek(out var oldest) || now <= oldest.Deadline) return;
        Fail($"read tcp {Address}: no answer in time");
    }

    private async Task DialAsync()
    {
        string? failure = null;
        try
        {
            var connection = await services.Network.ConnectAsync(IPEndPoint.Parse(Address), services.Settings.FollowerDial, _closing.Token).ConfigureAwait(false);
            lock (_lock)
            {
                _connection = connection;
                if (_closed) connection.Dispose();
                else _loops += 2;
            }
        }
        catch (SocketException e)
        {
            failure = $"dial tcp {Address}: connect: {Describe(e)}";
        }
        catch (Exception e) when (e is FormatException or OperationCanceledException)
        {
            failure = $"dial tcp {Address}: {(e is FormatException ? "missing address" : "cancelled")}";
        }

        if (failure is not null) Fail(failure);
        bool connected;
        lock (_lock)
        {
            _dialling = false;
            connected = _connection is not null && !_closed;
        }

        if (connected)
        {
            _ = RunAsync(SendLoopAsync);
            _ = RunAsync(ReceiveLoopAsync);
        }

        owner.DialEnded();
        LoopEnded();
    }

    private async Task RunAsync(Func<Task> loop)
    {
        try
        {
            await loop().ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            Fail($"read tcp {Address}: {e.Message}");
        }
        catch (Exception e)
        {
            services.Events.Broken($"link to follower {Address}", e);
            Fail("internal error");
        }

        LoopEnded();
    }

    private async Task SendLoopAsync()
    {
        while (true)
        {
            Entry entry;
            bool has;
            lock (_lock)
            {
                if (_closed) return;
                has = _unsent.TryDequeue(out entry);
                // Listed as unanswered before it is sent: the answer can be here before the send has returned.
                if (has) _unanswered.Enqueue(entry with { Deadline = services.Deadline(Patience(entry.Header.Opcode)) });
            }

            if (!has)
            {
                await _signal.WaitAsync().ConfigureAwait(false);
                continue;
            }

            try
            {
                await _connection!.SendAsync(entry.Packet).ConfigureAwait(false);
            }
            finally
            {
                entry.Lease.Release();
            }
        }
    }

    private async Task ReceiveLoopAsync()
    {
        while (true)
        {
            PacketHeader reply;
            int headerBytes;
            while (true)
            {
                var status = PacketHeader.TryRead(_input.AsSpan(0, _inputBytes), PacketLimits.Replies, out reply, out headerBytes);
                if (status == DecodeStatus.Complete) break;
                if (status == DecodeStatus.Malformed) throw new IOException("no packet, or one with lengths beyond the limits");
                await FillAsync().ConfigureAwait(false);
            }

            Drop(headerBytes);
            await SkipAsync((int)reply.ArgBytes).ConfigureAwait(false);
            var text = await TakeTextAsync((int)reply.DataBytes).ConfigureAwait(false);
            if (!Answered(reply, text)) return;
        }
    }

    /// <summary>Gives one answer to the oldest unanswered packet, if it is the answer to that packet and no other.</summary>
    private bool Answered(in PacketHeader reply, string text)
    {
        Entry entry;
        bool expected;
        lock (_lock)
        {
            if (_closed) return false; // came in while the link was being closed: what it answers has been told so
            expected = _unanswered.TryDequeue(out entry);
        }

        if (!expected)
        {
            services.Events.ReplyMismatch(new ReplyMismatch(Address, ReplyDoubts.Surplus, reply.Partition, reply.Extent, "nothing", ReplyMismatch.Describe(reply)));
            Fail("an answer that nobody asked for");
            return false;
        }

        var doubts = ReplyCheck.CompareInChain(entry.Header, reply);
        if (doubts != ReplyDoubts.None)
        {
            services.Events.ReplyMismatch(ReplyMismatch.Of(Address, doubts, entry.Header, reply));
            owner.FollowerAnswered(entry.Slot, entry.Index, $"reply mismatch from {Address}");
            Fail($"reply mismatch from {Address}");
            return false;
        }

        // Not Ok, and not None either, which CubeFS would take for success (O21).
        owner.FollowerAnswered(entry.Slot, entry.Index, reply.Result == ResultCode.Ok ? null : text.Length > 0 ? text : $"result code {(byte)reply.Result}");
        return true;
    }

    private void Fail(string failure)
    {
        List<Entry> orphans = [];
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            _failure = failure;
            while (_unanswered.TryDequeue(out var entry)) orphans.Add(entry);
            while (_unsent.TryDequeue(out var entry))
            {
                entry.Lease.Release();
                orphans.Add(entry);
            }
        }

        _closing.Cancel();
        _connection?.Dispose();
        _signal.Set();
        foreach (var entry in orphans) owner.FollowerAnswered(entry.Slot, entry.Index, failure);
    }

    private void LoopEnded()
    {
        lock (_lock)
            if (--_loops > 0) return;
        Fail("connection closed");
        owner.LinkEnded();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync()
    {
        var received = await _connection!.ReceiveAsync(_input.AsMemory(_inputBytes)).ConfigureAwait(false);
        if (received == 0) throw new IOException("the follower closed the connection");
        _inputBytes += received;
    }

    private void Drop(int bytes)
    {
        _inputBytes -= bytes;
        _input.AsSpan(bytes, _inputBytes).CopyTo(_input);
    }

    private async ValueTask SkipAsync(int bytes)
    {
        while (bytes > 0)
        {
            if (_inputBytes == 0) await FillAsync().ConfigureAwait(false);
            var step = Math.Min(bytes, _inputBytes);
            Drop(step);
            bytes -= step;
        }
    }

    private async ValueTask<string> TakeTextAsync(int bytes)
    {
        if (bytes == 0) return "";
        var text = new byte[Math.Min(bytes, TextBytesMax)];
        var at = 0;
        while (at < text.Length)
        {
            if (_inputBytes == 0) await FillAsync().ConfigureAwait(false);
            var step = Math.Min(text.Length - at, _inputBytes);
            _input.AsSpan(0, step).CopyTo(text.AsSpan(at));
            Drop(step);
            at += step;
        }

        await SkipAsync(bytes - text.Length).ConfigureAwait(false);
        return Encoding.UTF8.GetString(text);
    }

    private TimeSpan Patience(Opcode opcode) =>
        Opcodes.IsSlowInChain(opcode) ? services.Settings.FollowerDeleteReply : services.Settings.FollowerReply;

    private static string Describe(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.TimedOut => "i/o timeout",
        _ => e.Message,
    };

    /// <summary>A packet on its way. The lease is released when it is sent; the deadline counts from then.</summary>
    private readonly record struct Entry(RequestSlot Slot, int Index, PacketHeader Header, BufferLease Lease, ReadOnlyMemory<byte> Packet, long Deadline);
}
