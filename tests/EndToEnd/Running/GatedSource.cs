namespace CubeActors.EndToEnd;

/// <summary>A source that stops at given positions until each is opened: a transfer can be held in its middle without guessing times.</summary>
internal sealed class GatedSource(byte[] content, params IReadOnlyList<int> gates) : Stream
{
    private readonly Gate[] _gates = [.. gates.Select(at => new Gate(at))];
    private int _at;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => content.Length;
    public override long Position { get => _at; set => throw new NotSupportedException(); }

    /// <summary>Everything before this gate was taken and more is asked for.</summary>
    public Task Reached(int gate) => _gates[gate].Reached.Task.WaitAsync(Eventually.Deadline);

    public void Open(int gate) => _gates[gate].Opened.TrySetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var end = content.Length;
        foreach (var gate in _gates)
        {
            if (_at == gate.At)
            {
                gate.Reached.TrySetResult();
                await gate.Opened.Task.WaitAsync(cancellationToken);
            }
            else if (_at < gate.At)
            {
                end = Math.Min(end, gate.At);
            }
        }

        var bytes = Math.Min(buffer.Length, end - _at);
        content.AsMemory(_at, bytes).CopyTo(buffer);
        _at += bytes;
        return bytes;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous calls only");
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private sealed record Gate(int At)
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
