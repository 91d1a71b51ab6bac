using System.Text;
using CubeActors.LoadGen;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>A reply, copied out of its connection.</summary>
internal sealed record Answer(PacketHeader Header, byte[] Data)
{
    public bool IsOk => Header.Result == ResultCode.Ok;

    public string Text => Encoding.UTF8.GetString(Data.AsSpan(0, Math.Min(Data.Length, 200)));

    public override string ToString() => $"0x{(byte)Header.Result:X2} {Header.Result} {Text}".TrimEnd();
}

/// <summary>Asks nodes, over one connection to each that is kept as long as nothing is wrong with it. One thread.</summary>
/// <remarks>Every reply must repeat what it answers: one that does not is the very fault that this trial looks for.</remarks>
internal sealed class PacketLine(TimeSpan patience) : IDisposable
{
    private readonly Dictionary<string, NodeConnection> _connections = [];

    /// <exception cref="NodeFault">The connection failed: whether the request was done is not known.</exception>
    /// <exception cref="TrialViolation">The reply belongs to something else.</exception>
    public Answer Ask(string address, PacketHeader header, ReadOnlySpan<byte> arg, ReadOnlySpan<byte> data)
    {
        header = header with { RequestId = RequestIds.Next(), ArgBytes = (uint)arg.Length };
        var packet = new byte[header.EncodedBytes + arg.Length + data.Length];
        var at = header.Write(packet);
        arg.CopyTo(packet.AsSpan(at));
        data.CopyTo(packet.AsSpan(at + arg.Length));
        return Exchange(address, header, packet);
    }

    /// <summary>The same for a packet that is made already.</summary>
    public Answer Exchange(string address, PacketHeader header, byte[] packet)
    {
        var connection = _connections.GetValueOrDefault(address) ?? (_connections[address] = new NodeConnection(address, patience));
        var isSound = false;
        try
        {
            connection.Send(packet);
            connection.Receive();
            var reply = new Answer(connection.Reply, connection.ReplyData.ToArray());
            if (reply.Header.RequestId != header.RequestId || reply.Header.Opcode != header.Opcode || reply.Header.Partition != header.Partition
                || (header.Extent.Value != 0 && reply.Header.Extent != header.Extent))
                throw new TrialViolation($"crossed reply: {address} was asked {header} and answered {reply.Header}");
            isSound = reply.IsOk; // after an error nodes of CubeFS read nothing more from a connection
            return reply;
        }
        finally
        {
            if (!isSound)
            {
                connection.Dispose();
                _connections.Remove(address);
            }
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections.Values) connection.Dispose();
        _connections.Clear();
    }
}
