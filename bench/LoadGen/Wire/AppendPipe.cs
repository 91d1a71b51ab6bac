using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.LoadGen;

/// <summary>Appends blocks to one extent after another over one connection, several in flight, and checks every reply.</summary>
/// <remarks>
/// One buffer holds header, follower list and data behind each other, so a packet is one send. The socket has copied it when Send returns,
/// therefore the next packet may be formed in the same place. Replies come in the order of the requests.
/// </remarks>
internal sealed class AppendPipe
{
    private readonly record struct Expected(long RequestId, long Offset, uint Crc);

    private readonly NodeConnection _connection;
    private readonly PartitionTarget _target;
    private readonly byte[] _packet;
    private readonly int _blockBytes;
    private readonly Expected[] _inFlight;
    private int _first;
    private ExtentId _extent;

    /// <param name="blockBytes">Whole pages, up to a block.</param>
    /// <param name="depth">Appends that may be in flight.</param>
    /// <param name="seed">Makes the data of this pipe, apart from the page stamps.</param>
    public AppendPipe(NodeConnection connection, PartitionTarget target, int blockBytes, int depth, int seed)
    {
        Invariant.Check(blockBytes is > 0 and <= DataPlane.BlockBytes && blockBytes % PageStamps.PageBytes == 0);
        (_connection, _target, _blockBytes) = (connection, target, blockBytes);
        _inFlight = new Expected[depth];
        _packet = new byte[DataStart + blockBytes];
        target.FollowerArg.CopyTo(_packet, PacketHeader.BytesMax);
        new Random(seed).NextBytes(_packet.AsSpan(DataStart));
    }

    public int InFlight { get; private set; }

    /// <summary>Where the next append goes: the bytes sent to this extent so far.</summary>
    public long Offset { get; private set; }

    /// <summary>The extent has no room for another block, or there is none yet.</summary>
    public bool IsFull => _extent.Value == 0 || Offset + _blockBytes > DataPlane.ExtentBytesMax;

    private int DataStart => PacketHeader.BytesMax + _target.FollowerArg.Length;

    /// <summary>Appends go to this extent from now on. Nothing may be in flight.</summary>
    public void StartExtent(ExtentId extent)
    {
        Invariant.Check(InFlight == 0);
        (_extent, Offset) = (extent, 0);
    }

    /// <summary>Sends the next block.</summary>
    /// <exception cref="NodeFault">The connection failed.</exception>
    public void Send()
    {
        Invariant.Check(InFlight < _inFlight.Length && !IsFull);
        var data = _packet.AsSpan(DataStart);
        PageStamps.Write(data, _extent, Offset);
        var expected = new Expected(RequestIds.Next(), Offset, Crc32.Compute(data));
        new PacketHeader(ClientPackets.ExtentType, Opcode.Write, ResultCode.None, _target.Followers, expected.Crc, (uint)_blockBytes,
            (uint)_target.FollowerArg.Length, _target.Partition, _extent, Offset, expected.RequestId, (ulong)Offset).Write(_packet);
        _inFlight[(_first + InFlight) % _inFlight.Length] = expected;
        InFlight++;
        Offset += _blockBytes;
        _connection.Send(_packet);
    }

    /// <summary>Waits for the reply to the oldest append in flight.</summary>
    /// <exception cref="NodeFault">The connection failed, the node refused, or the reply is not the one to this append.</exception>
    public void Receive()
    {
        Invariant.Check(InFlight > 0);
        _connection.Receive();
        var reply = _connection.Reply;
        if (reply.Result != ResultCode.Ok) throw new NodeFault(_connection.DescribeError());
        var expected = _inFlight[_first];
        if (reply.Opcode != Opcode.Write || reply.RequestId != expected.RequestId || reply.Partition != _target.Partition
            || reply.Extent != _extent || reply.ExtentOffset != expected.Offset || reply.Crc != expected.Crc || reply.Size != 0)
            throw new NodeFault("wrong reply: it does not repeat the append's opcode, request id, partition, extent, offset and CRC");
        _first = (_first + 1) % _inFlight.Length;
        InFlight--;
    }
}
