using System.Net;
using System.Net.Sockets;
using System.Text;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>
/// One blocking TCP connection to a data node. Sends packets whole; hands out replies one by one, without copying or allocating.
/// </summary>
/// <remarks>
/// One thread. The socket is never used asynchronously, which would turn it non-blocking for good: a blocked system call is the cheapest
/// way
/// to wait, and what the generator saves is left to the nodes that share the machine.
/// </remarks>
internal sealed class NodeConnection : IDisposable
{
    // The longest reply here is one block of read data with its header; twice that lets one recv fetch the front of the next.
    private const int BufferBytes = 2 * (DataPlane.BlockBytes + PacketHeader.BytesMax);

    private readonly Socket _socket;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private int _start;    // first byte not yet handed out
    private int _end;      // behind the last byte received
    private int _dataStart;
    private int _dataBytes;

    /// <param name="timeout">How long one send or receive may stand still.</param>
    /// <exception cref="NodeFault">The address cannot be connected to.</exception>
    public NodeConnection(string address, TimeSpan timeout)
    {
        Address = address;
        if (!IPEndPoint.TryParse(address, out var endPoint)) throw new NodeFault($"'{address}' is not ip:port");
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = (int)timeout.TotalMilliseconds,
            ReceiveTimeout = (int)timeout.TotalMilliseconds,
        };
        try
        {
            _socket.Connect(endPoint);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new NodeFault($"connect to {address}: {Describe(e)}", e);
        }
    }

    public string Address { get; }

    /// <summary>Header of the reply that <see cref="Receive"/> returned last.</summary>
    public PacketHeader Reply { get; private set; }

    /// <summary>Data of that reply; valid until the next <see cref="Receive"/>.</summary>
    public ReadOnlySpan<byte> ReplyData => _buffer.AsSpan(_dataStart, _dataBytes);

    /// <summary>Sends all of <paramref name="packet"/>; the caller may reuse it on return.</summary>
    /// <exception cref="NodeFault">The connection failed or stood still too long.</exception>
    public void Send(ReadOnlySpan<byte> packet)
    {
        try
        {
            while (!packet.IsEmpty) packet = packet[_socket.Send(packet)..];
        }
        catch (SocketException e)
        {
            throw new NodeFault($"send to {Address}: {Describe(e)}", e);
        }
    }

    /// <summary>Waits for one whole reply: afterwards <see cref="Reply"/> and <see cref="ReplyData"/> hold it.</summary>
    /// <exception cref="NodeFault">The connection failed, ended, stood still too long, or what came is no packet.</exception>
    public void Receive()
    {
        var packetBytes = PacketHeader.BytesMax; // room for the longest header, until the header says how much is needed
        while (true)
        {
            var received = _buffer.AsSpan(_start, _end - _start);
            var status = PacketHeader.TryRead(received, PacketLimits.Replies, out var header, out var headerBytes);
            if (status == DecodeStatus.Malformed) throw new NodeFault($"{Address} answered with something that is no packet");
            if (status == DecodeStatus.Complete)
            {
                var bytes = headerBytes + (long)header.ArgBytes + header.Size;
                if (bytes > BufferBytes)
                    throw new NodeFault($"{Address} answered with a packet longer than a block of {DataPlane.BlockBytes} bytes");
                packetBytes = (int)bytes;
                if (_end - _start >= packetBytes)
                {
                    Reply = header;
                    (_dataStart, _dataBytes) = (_start + headerBytes + (int)header.ArgBytes, (int)header.Size);
                    _start += packetBytes;
                    return;
                }
            }

            ReceiveMore(packetBytes);
        }
    }

    /// <summary>The text of an error reply, shortened, with what the code is called.</summary>
    public string DescribeError()
    {
        const int TextCharsMax = 160;
        var text = Encoding.UTF8.GetString(ReplyData[..Math.Min(ReplyData.Length, TextCharsMax)]);
        return $"{Reply.Opcode}: 0x{(byte)Reply.Result:X2} {Reply.Result} {text}".TrimEnd();
    }

    public void Dispose() => _socket.Dispose();

    private void ReceiveMore(int packetBytes)
    {
        if (_start == _end) _start = _end = 0;
        if (_start + packetBytes > BufferBytes)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        int received;
        try
        {
            received = _socket.Receive(_buffer.AsSpan(_end));
        }
        catch (SocketException e)
        {
            throw new NodeFault($"receive from {Address}: {Describe(e)}", e);
        }

        if (received == 0) throw new NodeFault($"{Address} closed the connection");
        _end += received;
    }

    // A socket time-out ends a blocking call with "would block", which tells a reader nothing.
    private static string Describe(SocketException e) =>
        e.SocketErrorCode is SocketError.WouldBlock or SocketError.TimedOut ? "no progress within the time-out" : e.SocketErrorCode.ToString();
}
