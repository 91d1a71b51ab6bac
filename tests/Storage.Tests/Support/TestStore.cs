using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>One partition directory on a simulated disk, with a store that a test can close, kill and open again.</summary>
internal sealed class TestStore
{
    public const string Directory = "/disk/datapartition_7_1073741824";

    public TestStore(int seed = 1, Func<ExtentStoreSettings, ExtentStoreSettings>? settings = null)
    {
        Disk = new SimulatedFileSystem(seed, Clock);
        Disk.MakeDirectories(Directory);
        Settings = (settings ?? (s => s))(new ExtentStoreSettings(Clock) { TinyAvailableAtOnce = true });
        Store = ExtentStore.Create(Disk, Directory, Settings);
    }

    public ManualClock Clock { get; } = new();
    public SimulatedFileSystem Disk { get; }
    public ExtentStoreSettings Settings { get; set; }
    public ExtentStore Store { get; private set; }

    public static string PathOf(string name) => $"{Directory}/{name}";

    /// <summary>The process dies and the next one opens the directory.</summary>
    public ExtentStore KillAndReopen()
    {
        Disk.Kill();
        return Reopen();
    }

    public ExtentStore CloseAndReopen()
    {
        Store.Close();
        return Reopen();
    }

    public ExtentStore Reopen() => Store = ExtentStore.Open(Disk, Directory, Settings);

    public ExtentId CreateExtent()
    {
        Assert.Equal(StorageError.None, Store.AllocateExtentId(out var id));
        Assert.Equal(StorageError.None, Store.CreateExtent(id));
        return id;
    }

    public long Append(ExtentId id, long offset, ReadOnlySpan<byte> data, bool sync = false)
    {
        Assert.Equal(StorageError.None, Store.Append(id, offset, data, Crc32.Compute(data), sync, out var watermark));
        return watermark;
    }

    public byte[] Read(ExtentId id, long offset, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(StorageError.None, Store.Read(id, offset, bytes, out var crc));
        Assert.Equal(Crc32.Compute(bytes), crc);
        return bytes;
    }

    public byte[] FileBytes(string name)
    {
        using var file = Disk.TryOpen(PathOf(name))!;
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    public void WriteFile(string name, ReadOnlySpan<byte> bytes)
    {
        using var file = Disk.OpenOrCreate(PathOf(name), truncate: true);
        file.Write(0, bytes);
    }

    /// <summary>The CRC that EXTENT_CRC holds of a block.</summary>
    public uint StoredCrc(ExtentId id, int block)
    {
        using var file = Disk.TryOpen(PathOf("EXTENT_CRC"))!;
        var bytes = new byte[4];
        file.Read((long)id.Value * 4096 + block * 4, bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>Bytes that differ for every seed and position.</summary>
    public static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
