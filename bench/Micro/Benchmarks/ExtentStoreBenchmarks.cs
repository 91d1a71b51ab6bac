using BenchmarkDotNet.Attributes;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Micro;

/// <summary>
/// Appends and reads of one extent store in a directory of its own under the system's temporary directory; without fsync.
/// </summary>
public class ExtentStoreBenchmarks
{
    private const int ReadBlocks = 128; // 16 MiB, which stay in the page cache

    private readonly byte[] _block = new byte[DataPlane.BlockBytes];
    private readonly byte[] _page = new byte[DataPlane.SlotBytes];
    private readonly Random _random = new(1);
    private string _directory = "";
    private ExtentStore _store = null!; // set by SetUp, before any benchmark runs
    private ExtentId _appended;
    private long _watermark;
    private ExtentId _filled;
    private uint _blockCrc;
    private uint _pageCrc;

    [GlobalSetup]
    public void SetUp()
    {
        _random.NextBytes(_block);
        _block.AsSpan(0, _page.Length).CopyTo(_page);
        (_blockCrc, _pageCrc) = (Crc32.Compute(_block), Crc32.Compute(_page));
        _directory = Directory.CreateTempSubdirectory("cubeactors-micro-").FullName;
        var settings = new ExtentStoreSettings(TimeProvider.System) { TinyAvailableAtOnce = true };
        _store = ExtentStore.Create(LinuxFileSystem.Instance, _directory, settings);
        _appended = NewExtent();
        _filled = NewExtent();
        for (long i = 0; i < ReadBlocks; i++)
            Expect(_store.Append(_filled, i * DataPlane.BlockBytes, _block, _blockCrc, sync: false, out _));
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public long AppendBlock()
    {
        if (_watermark + DataPlane.BlockBytes > DataPlane.ExtentBytesMax) RollOver();
        Expect(_store.Append(_appended, _watermark, _block, _blockCrc, sync: false, out _watermark));
        return _watermark;
    }

    [Benchmark]
    public long AppendTiny()
    {
        Expect(_store.AcquireTiny(out var id, out var offset));
        Expect(_store.Append(id, offset, _page, _pageCrc, sync: false, out var watermark));
        _store.ReleaseTiny(id, succeeded: true);
        return watermark;
    }

    [Benchmark]
    public uint ReadBlock()
    {
        Expect(_store.Read(_filled, (long)_random.Next(ReadBlocks) * DataPlane.BlockBytes, _block, out var crc));
        return crc;
    }

    [Benchmark]
    public uint ReadPage()
    {
        Expect(_store.Read(_filled, RandomPage(), _page, out var crc));
        return crc;
    }

    /// <summary>Past the page cache; where the directory's file system cannot, as <see cref="ReadPage"/>.</summary>
    [Benchmark]
    public uint ReadPageDirect()
    {
        Expect(_store.Read(_filled, RandomPage(), _page, out var crc, direct: true));
        return crc;
    }

    /// <summary>May answer false where the page cache does not have the page; that costs the same.</summary>
    [Benchmark]
    public bool TryReadCachedPage() => _store.TryReadCached(_filled, RandomPage(), _page, out _);

    private long RandomPage() => (long)_random.Next(ReadBlocks * (DataPlane.BlockBytes / DataPlane.SlotBytes)) * DataPlane.SlotBytes;

    private ExtentId NewExtent()
    {
        Expect(_store.AllocateExtentId(out var id));
        Expect(_store.CreateExtent(id));
        return id;
    }

    private void RollOver() // deletes the full extent, so that a long run does not fill the disk
    {
        Expect(_store.Delete(_appended));
        (_appended, _watermark) = (NewExtent(), 0);
    }

    private static void Expect(StorageError error) => Invariant.Check(error == StorageError.None);
}
