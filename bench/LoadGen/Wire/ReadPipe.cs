using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.LoadGen;

/// <summary>Reads ranges of one extent over one connection, several in flight, and checks every reply down to its bytes.</summary>
/// <remarks>Replies come in the order of the requests; a range above 128 KiB comes in several packets.</remarks>
/// <param name="opcode">0x05 or 0x06.</param>
internal sealed class ReadPipe(NodeConnection connection, PartitionId partition, Opcode opcode, int depth)
{
    private readonly record struct Expected(ExtentId Extent, long RequestId, long Offset, int Bytes);

    private readonly byte[] _packet = new byte[PacketHeader.BytesMax];
    private readonly Expected[] _inFlight = new Expected[depth];
    private int _first;

    public int InFlight { get; private set; }

    /// <summary>Asks for a range.</summary>
    /// <exception cref="NodeFault">The connection failed.</exception>
    public void Send(ExtentId extent, long offset, int bytes)
    {
        Invariant.Check(InFlight < _inFlight.Length);
        var expected = new Expected(extent, RequestIds.Next(), offset, bytes);
        new PacketHeader(ClientPackets.ExtentType, opcode, ResultCode.None, RemainingFollowers.None, 0, (uint)bytes, 0,
            partition, extent, offset, expected.RequestId, (ulong)offset).Write(_packet);
        _inFlight[(_first + InFlight) % _inFlight.Length] = expected;
        InFlight++;
        connection.Send(_packet);
    }

    /// <summary>Waits until the oldest range in flight has come completely.</summary>
    /// <exception cref="NodeFault">The connection failed, the node refused, or what came is not what lies there.</exception>
    public void Receive()
    {
        Invariant.Check(InFlight > 0);
        var expected = _inFlight[_first];
        for (var got = 0; got < expected.Bytes; got += (int)connection.Reply.Size) ReceivePiece(expected, got);
        _first = (_first + 1) % _inFlight.Length;
        InFlight--;
    }

    private void ReceivePiece(in Expected expected, int got)
    {
        connection.Receive();
        var reply = connection.Reply;
        if (reply.Result != ResultCode.Ok)
            throw new NodeFault(connection.DescribeError()) { IsElsewhere = opcode == Opcode.StreamRead && reply.Result == ResultCode.TryOtherAddress };
        if (reply.Opcode != opcode || reply.RequestId != expected.RequestId || reply.Partition != partition
            || reply.Extent != expected.Extent || reply.ExtentOffset != expected.Offset + got)
            throw new NodeFault("wrong reply: it does not repeat the read's opcode, request id, partition, extent and offset");
        if (reply.Size == 0 || reply.Size > Math.Min(expected.Bytes - got, DataPlane.BlockBytes))
            throw new NodeFault("wrong reply: a piece of read data is empty, longer than a block, or longer than what was asked for");
        if (Crc32.Compute(connection.ReplyData) != reply.Crc) throw new NodeFault("wrong reply: the CRC is not that of the data");
        if (!PageStamps.Match(connection.ReplyData, expected.Extent, reply.ExtentOffset))
            throw new NodeFault("wrong data: the bytes are not those that were written to this place");
    }
}
