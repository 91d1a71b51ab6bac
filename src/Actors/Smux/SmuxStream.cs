using System.Buffers;
using System.IO.Pipelines;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One stream of a smux session, to be used like a connection.</summary>
internal sealed class SmuxStream(SmuxServerSession session, uint id, string remote) : IConnection
{
    // No threshold of its own: the session stops reading its socket when all its streams together hold too much.
    private readonly Pipe _input = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private int _outputEnded;
    private bool _inputEnded; // under the lock of the pipe
    private volatile bool _disposed;

    public string RemoteAddress { get; } = $"{remote}/smux-{id}";

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        var read = await _input.Reader.ReadAsync().ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var bytes = (int)Math.Min(buffer.Length, read.Buffer.Length);
        read.Buffer.Slice(0, bytes).CopyTo(buffer.Span);
        _input.Reader.AdvanceTo(read.Buffer.GetPosition(bytes));
        session.Consumed(id, bytes);
        return bytes;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return session.SendAsync(id, bytes);
    }

    public void ShutdownSend()
    {
        if (Interlocked.Exchange(ref _outputEnded, 1) == 0) session.Tell(new SmuxFrame(SmuxCommand.End, 0, id));
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        session.Close(id);
        EndInput();
        _input.Reader.CancelPendingRead();
    }

    /// <summary>Bytes for the reader; the memory is free again on return.</summary>
    internal void Deliver(ReadOnlySpan<byte> bytes)
    {
        // The stream may be closed by its reader at this very moment, and a pipe that has ended takes no bytes.
        lock (_input)
        {
            if (_inputEnded) return;
            _input.Writer.Write(bytes);
            _ = _input.Writer.FlushAsync(); // without a threshold it never waits
        }
    }

    /// <summary>Nothing more will come.</summary>
    internal void EndInput()
    {
        lock (_input)
        {
            if (_inputEnded) return;
            _inputEnded = true;
            _input.Writer.Complete();
        }
    }
}
