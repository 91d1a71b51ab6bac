using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.LoadGen;

/// <summary>Overwrites blocks of one extent through the raft leader, one at a time, by the rules of CubeFS's SDK.</summary>
/// <remarks>
/// A host that does not lead, or whose connection fails, is left for the next one, and the packet is sent again unchanged, with its request id:
/// it may then be written more than once, always with the same content. Any other refusal ends the operation. It owns its connection.
/// </remarks>
internal sealed class OverwritePipe(
    NodeConnection first, PartitionTarget target, ExtentId extent, int blockBytes, bool sync, LeaderBook leaders, TimeSpan timeout) : IDisposable
{
    /// <summary>Source: CubeFS sdk/data/stream/stream_conn.go StreamSendMaxRetry and StreamSendSleepInterval.</summary>
    private const int RoundsMax = 200, AgainMax = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Opcode _opcode = sync ? Opcode.SyncRandomWriteVersion : Opcode.RandomWrite;
    private readonly byte[] _packet = new byte[PacketHeader.BytesMax + blockBytes];
    private NodeConnection? _connection = first;
    private PacketHeader _header;

    /// <summary>Forms and sends the packet. If the connection has failed, the exchange finds out.</summary>
    /// <param name="sequence">Marks this write of the block.</param>
    public void Send(long offset, ulong sequence)
    {
        var data = _packet.AsSpan(PacketHeader.BytesMax);
        PageStamps.WriteWhole(data, extent, offset, sequence);
        _header = new PacketHeader(ClientPackets.ExtentType, _opcode, ResultCode.None, RemainingFollowers.None, Crc32.Compute(data), (uint)blockBytes, 0,
            target.Partition, extent, offset, RequestIds.Next(), (ulong)offset);
        _header.Write(_packet);
        if (_connection is null) return;
        try
        {
            _connection.Send(_packet);
        }
        catch (NodeFault)
        {
            Leave(); // a round over the hosts begins in Receive
        }
    }

    /// <summary>Waits until the packet is acknowledged by whoever leads, sending it again where needed.</summary>
    /// <exception cref="NodeFault">It was refused for good, or nobody leads within the limits. Whether it is written is not known.</exception>
    public void Receive(Func<bool> isStopping)
    {
        if (_connection is not null && TryReceive()) return;
        for (var round = 1; ; round++)
        {
            NodeFault? last = null;
            foreach (var host in target.Hosts)
            {
                try
                {
                    _connection ??= new NodeConnection(host, timeout);
                    _connection.Send(_packet);
                    if (TryReceive()) return;
                }
                catch (NodeFault e) when (!e.IsFinal)
                {
                    last = e;
                    Leave();
                }
            }

            if (round >= RoundsMax || isStopping()) throw new NodeFault($"no replica leads the raft group{(last is null ? "" : $"; the last: {last.Message}")}", last);
            Thread.Sleep(Pause);
        }
    }

    public void Dispose() => Leave();

    /// <returns>False if the host does not lead, or its connection failed: it is left then.</returns>
    private bool TryReceive()
    {
        for (var again = 0; ; again++)
        {
            if (!TryTake(out var reply)) return false;
            if (reply.Result == ResultCode.Ok)
            {
                CheckReply(reply);
                leaders.Learn(target, _connection!.Address);
                return true;
            }

            if (reply.Result == ResultCode.TryOtherAddress)
            {
                Leave();
                return false;
            }

            if (reply.Result is not (ResultCode.Again or ResultCode.LimitedIo) || again >= AgainMax)
            {
                var text = _connection!.DescribeError();
                Leave();
                throw new NodeFault(text) { IsFinal = true };
            }

            Thread.Sleep(Pause);
            if (!TryReopen()) return false; // nodes are deaf after an error
        }
    }

    private bool TryTake(out PacketHeader reply)
    {
        reply = default;
        try
        {
            _connection!.Receive();
            reply = _connection.Reply;
            return true;
        }
        catch (NodeFault)
        {
            Leave();
            return false;
        }
    }

    private bool TryReopen()
    {
        var host = _connection!.Address;
        Leave();
        try
        {
            _connection = new NodeConnection(host, timeout);
            _connection.Send(_packet);
            return true;
        }
        catch (NodeFault)
        {
            Leave();
            return false;
        }
    }

    private void CheckReply(in PacketHeader reply)
    {
        var opcode = sync ? Opcode.SyncRandomWriteVersionReply : _opcode;
        if (reply.Opcode == opcode && reply.RequestId == _header.RequestId && reply.Partition == _header.Partition && reply.Extent == _header.Extent
            && reply.ExtentOffset == _header.ExtentOffset && reply.Crc == _header.Crc && reply.Size == 0) return;
        Leave();
        throw new NodeFault("wrong reply: it does not repeat the overwrite's opcode, request id, partition, extent, offset and CRC") { IsFinal = true };
    }

    private void Leave()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
