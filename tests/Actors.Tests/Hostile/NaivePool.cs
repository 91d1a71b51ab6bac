using System.Buffers.Binary;
using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>The old behaviour: connections to one address in a pool, each used for whatever comes next, and answers looked at as CubeFS 3.5.3 looks at them.</summary>
/// <remarks>
/// For the proof that the tests here can fail. What is checked of which answer, and when a connection is put back, is the table of storage-and-repair 4.12 and
/// 4.13: a request id only in streams, an opcode never, nothing behind the last byte that was wanted. Where CubeFS would panic, this throws.
/// </remarks>
internal sealed class NaivePool(INetwork network, TimeProvider time)
{
    private static readonly IPEndPoint Target = IPEndPoint.Parse("127.0.0.2:17310");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Queue<IConnection> _idle = new();
    private long _requests = 1000;

    /// <summary>0x07. Nothing is compared; it only has to be a list.</summary>
    public Task<List<Watermark>> ListAsync(PartitionId partition) => UseAsync(async connection =>
    {
        var (_, body) = await AskAsync(connection, New(Opcode.GetAllWatermarks, partition, default, 0) with { ExtentType = ExtentTypes.Normal }, []).ConfigureAwait(false);
        if (body is [(byte)'M', >= 0x80, ..]) throw new InvalidDataException("panic: a negative count");
        return Watermarks.TryRead(body, out var list) ? list : throw new InvalidDataException("unmarshal: invalid character");
    });

    /// <summary>0x10, 0x11, 0x16: the result code, and so many bytes as there are.</summary>
    public Task<ulong[]> NumbersAsync(Opcode opcode, PartitionId partition, ExtentId extent, int count) => UseAsync(async connection =>
    {
        var (reply, body) = await AskAsync(connection, New(opcode, partition, extent, 0), []).ConfigureAwait(false);
        if (reply.Result != ResultCode.Ok) throw new InvalidDataException($"result {reply.Result}");
        if (body.Length < 8 * count) throw new InvalidDataException("panic: too short");
        return Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(8 * i))).ToArray();
    });

    /// <summary>0x08, 0x0A: whatever comes is taken for done.</summary>
    public Task TellAsync(Opcode opcode, PartitionId partition) => UseAsync(async connection =>
    {
        await AskAsync(connection, New(opcode, partition, default, 0), new byte[8]).ConfigureAwait(false);
        return true;
    });

    /// <summary>0x09, 0x15, 0x17: until the position is reached, or the partition is detached, which counts as success.</summary>
    /// <param name="isAttached">Asked before each packet.</param>
    /// <returns>What was received, in the order it came.</returns>
    public Task<byte[]> StreamAsync(Opcode opcode, PartitionId partition, ExtentId extent, long offset, int bytes, Func<bool>? isAttached = null) => UseAsync(async connection =>
    {
        var request = New(opcode, partition, extent, offset) with { Size = (uint)bytes, ExtentType = opcode == Opcode.ExtentRepairRead ? ExtentTypes.Normal : ExtentTypes.Tiny };
        var data = new List<byte>();
        await SendAsync(connection, request, []).ConfigureAwait(false);
        long available = opcode == Opcode.TinyExtentRepairRead ? 0 : bytes;
        var received = 0L;
        while (received < bytes)
        {
            if (isAttached?.Invoke() == false) break;
            var (reply, arg, body) = await ReceiveAsync(connection).ConfigureAwait(false);
            if (reply.Result != ResultCode.Ok) throw new InvalidDataException($"result {reply.Result}");
            if (reply.RequestId != request.RequestId || reply.Partition != partition || reply.Extent != extent) throw new InvalidDataException("inconsistent packet");
            if (opcode != Opcode.TinyExtentRepairRead && reply.Opcode != Opcode.SnapshotExtentRepairRead && (body.Length == 0 || reply.ExtentOffset != offset + received)) throw new InvalidDataException("inconsistent offset");
            if (Crc32.Compute(body) != reply.Crc) throw new InvalidDataException("inconsistent CRC");
            long hole = 0;
            if (TinyRepairArg.TryRead(arg, out var about))
            {
                if (opcode == Opcode.TinyExtentRepairRead) available = (long)about.StreamBytes;
                hole = (long)about.HoleBytes;
            }

            data.AddRange(body);
            received += body.Length + hole;
            if (opcode == Opcode.TinyExtentRepairRead && received >= available) break;
        }

        return data.ToArray();
    });

    /// <summary>0x14: until so many bytes are counted as the task named, or the repair is stopped, or the store is closed, which count as success.</summary>
    public Task<long> RecordsAsync(PartitionId partition, long offset, long announced, Func<bool>? stops = null) => UseAsync(async connection =>
    {
        var request = New(Opcode.ReadTinyDeleteRecord, partition, default, offset);
        await SendAsync(connection, request, []).ConfigureAwait(false);
        var counted = offset;
        while (counted < announced && stops?.Invoke() != true)
        {
            var (reply, _, body) = await ReceiveAsync(connection).ConfigureAwait(false);
            // Neither success nor error is taken for no error, and so many bytes are looked at as the header says.
            if (reply.Result is not (ResultCode.Ok or ResultCode.None) || reply.RequestId != request.RequestId
                || Crc32.Compute(body.AsSpan(0, (int)reply.Size)) != reply.Crc || body.Length % TinyDeleteRecord.Bytes != 0) throw new InvalidDataException("inconsistent records");
            counted += body.Length;
        }

        return counted - offset;
    });

    private async Task<T> UseAsync<T>(Func<IConnection, Task<T>> use)
    {
        if (!_idle.TryDequeue(out var connection)) connection = await network.ConnectAsync(Target, TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
        await using var deadline = time.CreateTimer(static state => ((IConnection)state!).Dispose(), connection, Limit, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        try
        {
            var result = await use(connection).ConfigureAwait(false);
            _idle.Enqueue(connection);
            return result;
        }
        catch (Exception e) when (e is InvalidDataException || ConnectionLoss.Is(e))
        {
            connection.Dispose();
            throw;
        }
    }

    private PacketHeader New(Opcode opcode, PartitionId partition, ExtentId extent, long offset) =>
        new() { Opcode = opcode, Partition = partition, Extent = extent, ExtentOffset = offset, RequestId = ++_requests };

    private static async Task<(PacketHeader Reply, byte[] Body)> AskAsync(IConnection connection, PacketHeader request, byte[] data)
    {
        await SendAsync(connection, request with { Size = (uint)data.Length }, data).ConfigureAwait(false);
        var (reply, _, body) = await ReceiveAsync(connection).ConfigureAwait(false);
        return (reply, body);
    }

    private static async Task SendAsync(IConnection connection, PacketHeader request, byte[] data) => await connection.SendAsync(Requests.Build(request, [], data)).ConfigureAwait(false);

    private static async Task<(PacketHeader Reply, byte[] Arg, byte[] Body)> ReceiveAsync(IConnection connection)
    {
        var head = await connection.ReadExactlyAsync(PacketHeader.BaseBytes).ConfigureAwait(false);
        // CubeFS knows no limits of a size; here what no request has and no reply is taken for garbage.
        if (PacketHeader.TryRead(head, PacketLimits.Replies, out var reply, out _) != DecodeStatus.Complete
            && PacketHeader.TryRead(head, PacketLimits.Requests, out reply, out _) != DecodeStatus.Complete) throw new InvalidDataException("no packet");
        var arg = await connection.ReadExactlyAsync((int)reply.ArgBytes).ConfigureAwait(false);
        // Source: CubeFS proto/packet.go ReadFromConn: a read without result code is a request, which has no data, whatever its size says.
        var isRead = reply.Opcode is Opcode.Read or Opcode.StreamRead or Opcode.StreamFollowerRead or Opcode.ExtentRepairRead;
        return (reply, arg, await connection.ReadExactlyAsync(isRead && reply.Result == ResultCode.None ? 0 : (int)reply.Size).ConfigureAwait(false));
    }
}
