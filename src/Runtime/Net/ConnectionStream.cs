namespace CubeActors.Runtime;

/// <summary>A connection as a <see cref="Stream"/>, for code of the base library that wants one. Asynchronous calls only.</summary>
/// <remarks>
/// Owns the connection. A token that fires while a call waits disposes the connection: the seam has no other way out, and a stream in
/// the middle of a message is of no use to anybody.
/// </remarks>
public sealed class ConnectionStream(IConnection connection) : Stream
{
    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <returns>Bytes read; 0 when the peer has ended its direction, or at once for an empty buffer.</returns>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return new(0);
        return cancellationToken.CanBeCanceled ? ReadOrAbort(buffer, cancellationToken) : connection.ReceiveAsync(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return default;
        return cancellationToken.CanBeCanceled ? WriteOrAbort(buffer, cancellationToken) : connection.SendAsync(buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Nothing is held back, so there is nothing to do.</summary>
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous calls only");
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous calls only");
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) connection.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOrAbort(Memory<byte> buffer, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await using var aborting = DisposeOn(cancel).ConfigureAwait(false);
        try
        {
            return await connection.ReceiveAsync(buffer).ConfigureAwait(false);
        }
        catch (Exception e) when (cancel.IsCancellationRequested && ConnectionLoss.Is(e))
        {
            throw new OperationCanceledException(e.Message, e, cancel);
        }
    }

    private async ValueTask WriteOrAbort(ReadOnlyMemory<byte> buffer, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await using var aborting = DisposeOn(cancel).ConfigureAwait(false);
        try
        {
            await connection.SendAsync(buffer).ConfigureAwait(false);
        }
        catch (Exception e) when (cancel.IsCancellationRequested && ConnectionLoss.Is(e))
        {
            throw new OperationCanceledException(e.Message, e, cancel);
        }
    }

    private CancellationTokenRegistration DisposeOn(CancellationToken cancel) =>
        cancel.UnsafeRegister(static state => ((IConnection)state!).Dispose(), connection);
}
