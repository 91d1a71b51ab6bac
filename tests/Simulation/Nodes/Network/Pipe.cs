using System.Net.Sockets;

namespace CubeActors.Simulation.Nodes;

/// <summary>One direction of a connection: what was sent and has not been read, in order, with its end or the news that the connection is broken.</summary>
internal sealed class Pipe(Stage stage, Network network, Wire wire, WireSide writer, WireSide reader)
{
    /// <summary>What a sender gets rid of before it has to wait for the reader, as with a socket's buffers.</summary>
    private const int BufferBytes = 192 * 1024;

    private enum Kind { Data, End, Reset }

    private sealed class Piece(Kind kind, byte[] bytes, long arrivesAt)
    {
        public Kind Kind => kind;
        public long ArrivesAt => arrivesAt;
        public ReadOnlyMemory<byte> Rest { get; set; } = bytes;
    }

    private readonly Queue<Piece> _pieces = new();
    private TaskCompletionSource<int>? _receiving;
    private Memory<byte> _into;
    private TaskCompletionSource? _sending;
    private ReadOnlyMemory<byte> _unsent;
    private long _queuedBytes;
    private long _lastArrival;
    private long _stalledUntil;
    private long? _breaksIn;
    private bool _isEnded;   // nothing is taken from the writer any more
    private bool _isBroken;  // and it is told so
    private bool _isSilent;  // the reader's kernel says nothing
    private bool _writerIsGone;

    public bool ReaderIsGone { get; private set; }

    /// <summary>Bytes that have arrived, or will, and that nobody has read.</summary>
    public bool HasUnread => _queuedBytes > 0;

    public void BreakAfter(int bytes) => _breaksIn = bytes;

    /// <summary>Nothing arrives for a while.</summary>
    public void Stall(TimeSpan time)
    {
        _stalledUntil = stage.Ticks + time.Ticks;
        PumpAt(_stalledUntil);
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_writerIsGone, this);
        if (_isBroken) throw new SocketException((int)SocketError.ConnectionReset);
        if (ReaderIsGone && !_isSilent)
        {
            // The kernel at the other end answers that nobody is there; who sends learns it a little later.
            Back().AppendReset();
            return default;
        }

        if (network.Tamper is { } tamper) bytes = tamper(wire, wire.ToServer == this, bytes.ToArray());
        var room = (int)Math.Min(bytes.Length, Math.Max(0, BufferBytes - _queuedBytes));
        Take(bytes[..room]);
        if (room == bytes.Length) return default;
        _unsent = bytes[room..];
        _sending = new TaskCompletionSource();
        return new(_sending.Task);
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(ReaderIsGone && !reader.IsDead(), this);
        if (!ReaderIsGone && CanGive())
        {
            if (_pieces.Peek().Kind == Kind.Reset) throw new SocketException((int)SocketError.ConnectionReset);
            return new(Give(buffer));
        }

        _into = buffer;
        _receiving = new TaskCompletionSource<int>();
        return new(_receiving.Task);
    }

    /// <summary>Bytes that the writer has not written.</summary>
    public void Inject(byte[] bytes)
    {
        if (!_isEnded) Append(Kind.Data, bytes);
    }

    public void AppendEnd() => Append(Kind.End, []);

    /// <summary>Either end broke the connection: the reader learns it behind what was sent, the writer with its next call.</summary>
    public void AppendReset()
    {
        Append(Kind.Reset, []);
        Back()._isBroken = true;
        _isBroken = true;
        Back().FailSend();
        FailSend();
    }

    public void WriterLeaves()
    {
        _writerIsGone = true;
        FailSend();
    }

    /// <param name="isSilent">It lost its power: nobody is told.</param>
    public void ReaderLeaves(bool isSilent)
    {
        ReaderIsGone = true;
        _isSilent = isSilent;
        _pieces.Clear();
        if (!isSilent) _queuedBytes = 0;
        if (_receiving is not { } receiving || reader.IsDead()) return;
        _receiving = null;
        // Never within the call: who disposes may hold a lock that what waits here wants.
        reader.Strand.Post(() => receiving.TrySetException(new ObjectDisposedException(nameof(Pipe))));
    }

    public void Pump()
    {
        if (_receiving is null || !CanGive()) return;
        reader.Strand.Post(() =>
        {
            if (_receiving is not { } receiving || !CanGive()) return;
            _receiving = null;
            if (_pieces.Peek().Kind == Kind.Reset) receiving.TrySetException(new SocketException((int)SocketError.ConnectionReset));
            else receiving.TrySetResult(Give(_into));
        });
    }

    private Pipe Back() => wire.ToServer == this ? wire.ToClient : wire.ToServer;

    private bool CanGive() =>
        _pieces.TryPeek(out var piece) && piece.ArrivesAt <= stage.Ticks && _stalledUntil <= stage.Ticks && network.IsOpen(writer.Host, reader.Host);

    private int Give(Memory<byte> buffer)
    {
        var piece = _pieces.Peek();
        if (piece.Kind == Kind.End) return 0; // stays: the end is the end for every further call
        // A packet may come in any pieces.
        var most = stage.Random.Next(4) == 0 ? stage.Random.Next(1, 200) : int.MaxValue;
        var given = Math.Min(Math.Min(piece.Rest.Length, buffer.Length), most);
        piece.Rest[..given].CopyTo(buffer);
        piece.Rest = piece.Rest[given..];
        _queuedBytes -= given;
        if (piece.Rest.IsEmpty) _pieces.Dequeue();
        if (_sending is not null) writer.Strand.Post(SendOn);
        return given;
    }

    private void SendOn()
    {
        if (_sending is not { } sending) return;
        var room = (int)Math.Min(_unsent.Length, Math.Max(0, BufferBytes - _queuedBytes));
        Take(_unsent[..room]);
        if (_sending != sending) return; // that broke the connection
        _unsent = _unsent[room..];
        if (!_unsent.IsEmpty) return;
        _sending = null;
        sending.TrySetResult();
    }

    private void Take(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty || _isEnded) return;
        if (_breaksIn is { } left && bytes.Length >= left)
        {
            _breaksIn = null;
            if (left > 0) Append(Kind.Data, bytes[..(int)left].ToArray());
            stage.Trace($"break {wire.Name} in the middle");
            wire.Break();
            return;
        }

        _breaksIn -= bytes.Length;
        Append(Kind.Data, bytes.ToArray());
    }

    private void Append(Kind kind, byte[] bytes)
    {
        if (_isEnded || ReaderIsGone && kind != Kind.Data) return;
        _isEnded = kind != Kind.Data;
        _queuedBytes += bytes.Length;
        if (ReaderIsGone) return; // lost without a word
        _lastArrival = Math.Max(_lastArrival, stage.Ticks + network.Latency().Ticks);
        _pieces.Enqueue(new Piece(kind, bytes, _lastArrival));
        PumpAt(_lastArrival);
    }

    private void PumpAt(long ticks) => new StageTimer(stage, stage.Idle, Pump).Change(TimeSpan.FromTicks(ticks - stage.Ticks), Timeout.InfiniteTimeSpan);

    private void FailSend()
    {
        if (_sending is not { } sending) return;
        _sending = null;
        _unsent = default;
        if (!writer.IsDead()) writer.Strand.Post(() => sending.TrySetException(new SocketException((int)SocketError.ConnectionReset)));
    }
}
