using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Simulation;

/// <summary>The registers that clients write and read: the front of every page of one extent. A value fills its register.</summary>
internal static class Blocks
{
    public static readonly ExtentId Extent = new(1025);
    public const int Count = 4;
    public const int ExtentBytes = Count * PageBytes;
    private const int PageBytes = 4096; // what a power cut takes or leaves as one
    private const int ValueBytes = 40;

    public static byte[] Command(int block, ulong value, bool sync)
    {
        var command = new byte[RandomWriteCommand.HeaderBytes + ValueBytes];
        var data = command.AsSpan(RandomWriteCommand.HeaderBytes);
        Fill(data, value);
        var opcode = sync ? Opcode.SyncRandomWrite : Opcode.RandomWrite;
        new RandomWriteCommand(opcode, Extent, (long)block * PageBytes, ValueBytes, Crc32.Compute(data)).WriteHeader(command);
        return command;
    }

    /// <summary>A command of no bytes: it moves the applied id and nothing else.</summary>
    public static byte[] NothingCommand()
    {
        var command = new byte[RandomWriteCommand.HeaderBytes];
        new RandomWriteCommand(Opcode.RandomWrite, Extent, 0, 0, 0).WriteHeader(command);
        return command;
    }

    public static ulong Read(ExtentStore store, int block)
    {
        Span<byte> data = stackalloc byte[ValueBytes];
        var error = store.Read(Extent, (long)block * PageBytes, data, out _);
        if (error != StorageError.None) throw new InvalidOperationException($"block {block} cannot be read: {error}");
        var value = BinaryPrimitives.ReadUInt64BigEndian(data);
        Span<byte> expected = stackalloc byte[ValueBytes];
        Fill(expected, value);
        if (!data.SequenceEqual(expected)) throw new InvalidOperationException($"block {block} holds a mixture of values");
        return value;
    }

    public static byte[] ReadAll(ExtentStore store)
    {
        var content = new byte[ExtentBytes];
        var error = store.Read(Extent, 0, content, out _);
        return error == StorageError.None ? content : throw new InvalidOperationException($"the extent cannot be read: {error}");
    }

    /// <summary>What an extent holds after a log's commands.</summary>
    public static void Apply(ReadOnlySpan<byte> data, Span<byte> content)
    {
        if (RandomWriteCommand.TryRead(data, out var command) != DecodeStatus.Complete) throw new InvalidOperationException("no command");
        data.Slice(RandomWriteCommand.HeaderBytes, (int)command.Size).CopyTo(content[(int)command.Offset..]);
    }

    private static void Fill(Span<byte> data, ulong value)
    {
        for (var at = 0; at < data.Length; at += sizeof(ulong)) BinaryPrimitives.WriteUInt64BigEndian(data[at..], value);
    }
}
