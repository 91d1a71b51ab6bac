using BenchmarkDotNet.Attributes;
using CubeActors.Protocol;

namespace CubeActors.Micro;

public class SmuxFrameBenchmarks
{
    private static readonly SmuxFrame Push = new(SmuxCommand.Push, SmuxFrame.PayloadBytesMax, 3);
    private readonly byte[] _encoded = new byte[SmuxFrame.Bytes];
    private readonly byte[] _destination = new byte[SmuxFrame.Bytes];

    [GlobalSetup] public void SetUp() => Push.Write(_encoded);

    [Benchmark] public DecodeStatus TryRead() => SmuxFrame.TryRead(_encoded, out _);
    [Benchmark] public int Write() => Push.Write(_destination);
}
