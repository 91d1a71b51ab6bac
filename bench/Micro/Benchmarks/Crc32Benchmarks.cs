using BenchmarkDotNet.Attributes;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Micro;

/// <summary>The CRC over a whole block and over a small read.</summary>
public class Crc32Benchmarks
{
    private readonly byte[] _block = new byte[DataPlane.BlockBytes];

    [GlobalSetup] public void SetUp() => new Random(1).NextBytes(_block);

    [Benchmark] public uint Block() => Crc32.Compute(_block);
    [Benchmark] public uint Page() => Crc32.Compute(_block.AsSpan(0, DataPlane.SlotBytes));
}
