using BenchmarkDotNet.Attributes;
using CubeActors.Protocol;

namespace CubeActors.Micro;

/// <summary>What every packet costs before anything is done with it: reading its header, and writing the hop and the reply.</summary>
public class PacketHeaderBenchmarks
{
    private static readonly PacketHeader Append = new(
        ExtentTypes.Normal | ExtentTypes.ProtocolVersion, Opcode.Write, ResultCode.None, 2, 0x3610a686, DataPlane.BlockBytes, 38,
        new PartitionId(21), new ExtentId(1025), DataPlane.BlockBytes, 0x6774858000000003, DataPlane.BlockBytes);

    private readonly byte[] _encoded = new byte[PacketHeader.BytesMax];
    private readonly byte[] _destination = new byte[PacketHeader.BytesMax];

    [GlobalSetup] public void SetUp() => Append.Write(_encoded);

    [Benchmark] public DecodeStatus TryRead() => PacketHeader.TryRead(_encoded, PacketLimits.Requests, out _, out _);
    [Benchmark] public int Write() => Append.Write(_destination);
    [Benchmark] public int WriteHopToFollower() => Append.ToFollower().Write(_destination);
    [Benchmark] public int WriteReply() => Append.ToReply(ResultCode.Ok).Write(_destination);
    [Benchmark]
    public int WriteReadData() =>
        Append.ToReadData(ExtentTypes.Normal, Opcode.StreamRead, 0, DataPlane.BlockBytes, 7).Write(_destination);
}
