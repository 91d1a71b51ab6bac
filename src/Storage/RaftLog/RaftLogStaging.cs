using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>Where records are put together before they are written: one for each writing thread, shared by all its logs.</summary>
public sealed class RaftLogStaging
{
    /// <summary>1 MiB: what CubeFS collects at most before it writes (depends/tiglabs/raft/storage/wal).</summary>
    public const int DefaultBytes = 1024 * 1024;

    /// <summary>
    /// Data of this size or more goes from the caller's memory to the file: two more system calls cost less than the copy would. Measured with
    /// bench/Micro on tmpfs: a block of 128 KiB takes 78 µs so and 262 µs copied; sixteen pages of 4 KiB take 115 µs so and 45 µs copied.
    /// </summary>
    internal const int DirectBytes = 64 * 1024;

    private readonly int _bytes;
    private byte[]? _buffer; // made with the first record: of a thousand logs that are opened few have anything to write
    private IFile? _file;
    private int _used;

    public RaftLogStaging(int bytes = DefaultBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1024);
        _bytes = bytes;
    }

    private byte[] Buffer => _buffer ??= GC.AllocateUninitializedArray<byte>(_bytes, pinned: true);

    /// <summary>Where in the file the next byte goes.</summary>
    internal long Position { get; private set; }

    internal void Begin(IFile file, long position) => (_file, Position, _used) = (file, position, 0);

    /// <summary>Room for <paramref name="bytes"/> in a row, which the caller fills; what is in the way is written first.</summary>
    internal Span<byte> Take(int bytes)
    {
        if (bytes > _bytes - _used) Flush();
        Invariant.Check(bytes <= _bytes);
        var room = Buffer.AsSpan(_used, bytes);
        _used += bytes;
        Position += bytes;
        return room;
    }

    internal bool Holds(int bytes) => bytes <= _bytes;

    internal void WriteDirect(ReadOnlySpan<byte> data)
    {
        Flush();
        _file!.Write(Position, data);
        Position += data.Length;
    }

    internal void Flush()
    {
        if (_used == 0) return;
        _file!.Write(Position - _used, Buffer.AsSpan(0, _used));
        _used = 0;
    }
}
