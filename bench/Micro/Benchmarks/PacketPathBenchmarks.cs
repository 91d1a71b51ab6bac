using System.Net;
using BenchmarkDotNet.Attributes;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.Micro;

/// <summary>
/// One packet through whole nodes: from the client's socket through the chain leader, two followers and three disks, and back. What every
/// thread allocates is counted, so a budget here says that the data path allocates nothing a packet.
/// </summary>
[EveryThread]
public class PacketPathBenchmarks
{
    private const int ReadBlocks = 64;
    private static readonly PartitionId Partition = new(7);

    private readonly Random _random = new(1);
    private LoopbackNode[] _nodes = [];
    private BlockingPeer _peer = null!; // set by SetUp, before any benchmark runs
    private byte[] _arg = [];
    private byte[] _append = [];
    private byte[] _read = [];
    private byte[] _overwrite = [];
    private BlockingPeer _leader = null!; // set by SetUp too: the raft leader, whichever node won
    private ExtentId _appended;
    private ExtentId _filled;
    private long _watermark;
    private uint _crc;
    private uint _pageCrc;

    [GlobalSetup]
    public void SetUp()
    {
        _nodes = [.. Enumerable.Range(81, 3).Select(last => new LoopbackNode(new IPAddress([127, 0, 7, (byte)last])))];
        _arg = FollowerList.Format(_nodes.Skip(1).Select(node => node.EndPoint.ToString()));
        foreach (var node in _nodes) CreatePartition(node);
        _peer = new BlockingPeer(_nodes[0].EndPoint);

        var data = new byte[DataPlane.BlockBytes];
        _random.NextBytes(data);
        _crc = Crc32.Compute(data);
        _append = new byte[PacketHeader.BytesMax + _arg.Length + data.Length];
        _arg.CopyTo(_append, PacketHeader.BytesMax);
        data.CopyTo(_append, PacketHeader.BytesMax + _arg.Length);
        _read = new byte[PacketHeader.BytesMax];

        (_filled, _watermark) = (NewExtent(), 0);
        for (var i = 0; i < ReadBlocks; i++) Append(_filled);
        (_appended, _watermark) = (NewExtent(), 0);
        _overwrite = new byte[PacketHeader.BytesMax + DataPlane.SlotBytes];
        data.AsSpan(0, DataPlane.SlotBytes).CopyTo(_overwrite.AsSpan(PacketHeader.BytesMax));
        _pageCrc = Crc32.Compute(data.AsSpan(0, DataPlane.SlotBytes));
        _leader = FindLeader();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _peer.Dispose();
        _leader.Dispose();
        foreach (var node in _nodes) node.Dispose();
    }

    [Benchmark]
    public void AppendBlockToThreeReplicas()
    {
        if (_watermark + DataPlane.BlockBytes > DataPlane.ExtentBytesMax) (_appended, _watermark) = (NewExtent(), 0);
        Append(_appended);
    }

    [Benchmark]
    public uint ReadBlock() => Read(DataPlane.BlockBytes, _random.Next(ReadBlocks) * (long)DataPlane.BlockBytes);

    [Benchmark]
    public uint ReadPage() => Read(DataPlane.SlotBytes, _random.Next(ReadBlocks * DataPlane.BlockBytes / DataPlane.SlotBytes) * (long)DataPlane.SlotBytes);

    [Benchmark]
    public void OverwritePageOnThreeReplicas() => Overwrite(_leader);

    private void Overwrite(BlockingPeer peer)
    {
        var offset = _random.Next(ReadBlocks * DataPlane.BlockBytes / DataPlane.SlotBytes) * (long)DataPlane.SlotBytes;
        Header(Opcode.RandomWrite, _filled, offset, DataPlane.SlotBytes, _pageCrc, chained: false).Write(_overwrite);
        peer.Ask(_overwrite);
    }

    /// <summary>Asks one node after the other until one of them takes an overwrite: an election takes a second or two.</summary>
    private BlockingPeer FindLeader()
    {
        for (var attempt = 0; ; attempt++)
        {
            var peer = new BlockingPeer(_nodes[attempt % _nodes.Length].EndPoint);
            try
            {
                Overwrite(peer);
                Thread.Sleep(TimeSpan.FromSeconds(1)); // three ticks: by then every connection between the members stands and has its buffers
                return peer;
            }
            catch (InvalidOperationException) when (attempt < 300)
            {
                peer.Dispose(); // "raft is not the leader."
                Thread.Sleep(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private void Append(ExtentId extent)
    {
        Header(Opcode.Write, extent, _watermark, DataPlane.BlockBytes, _crc, chained: true).Write(_append);
        _peer.Ask(_append);
        _watermark += DataPlane.BlockBytes;
    }

    private uint Read(int bytes, long offset)
    {
        Header(Opcode.StreamFollowerRead, _filled, offset, (uint)bytes, 0, chained: false).Write(_read);
        return _peer.Ask(_read).Crc;
    }

    private ExtentId NewExtent()
    {
        var packet = new byte[PacketHeader.BytesMax + _arg.Length + NumberBody.OneBytes];
        Header(Opcode.CreateExtent, default, 0, NumberBody.OneBytes, 0, chained: true).Write(packet);
        _arg.CopyTo(packet, PacketHeader.BytesMax);
        return _peer.Ask(packet).Extent;
    }

    private PacketHeader Header(Opcode opcode, ExtentId extent, long offset, uint size, uint crc, bool chained) => new(
        ExtentTypes.Normal | ExtentTypes.ProtocolVersion, opcode, ResultCode.None, chained ? (byte)(_nodes.Length - 1) : RemainingFollowers.None, crc, size,
        chained ? (uint)_arg.Length : 0, Partition, extent, offset, RequestIds.Next(), 0);

    private void CreatePartition(LoopbackNode node)
    {
        var hosts = _nodes.Select(each => each.EndPoint.ToString()).ToList();
        var request = new CreateDataPartitionRequest
        {
            PartitionId = Partition,
            PartitionSize = 8L << 30,
            ReplicaNum = hosts.Count,
            VolumeId = "bench",
            Hosts = hosts,
            Members = [.. hosts.Select((host, index) => new Peer { Id = new NodeId((ulong)index + 1), Address = host })],
        };
        using var master = new BlockingPeer(node.EndPoint);
        master.Ask(AdminPacket.Build(
            AdminTask.For(Opcode.CreateDataPartition, node.EndPoint.ToString(), Partition, 0, "", request, MasterJson.Default.CreateDataPartitionRequest), RequestIds.Next()));
    }
}
