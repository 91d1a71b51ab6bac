using System.Net;
using System.Net.Sockets;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>A connection of one operation to one other replica: dialled for it, used by nobody else, closed with it.</summary>
/// <remarks>
/// One request after the other. An answer counts only if every identifying field is that of the request; any doubt, an error, a late or a
/// surplus byte closes the line and ends in a <see cref="RepairFailureException"/>, so that no answer ever reaches another request (P2).
/// One owner at a time; only <see cref="Dispose"/> may come from another thread.
/// </remarks>
internal sealed partial class RepairLine : IDisposable
{
    private const int StagingBytes = 4096;

    /// <summary>The longest error text that is kept.</summary>
    private const int TextCharsMax = 300;

    private readonly IConnection _connection;
    private readonly RepairServices _services;
    private readonly ITimer _deadline;
    private readonly byte[] _staging = new byte[StagingBytes];
    private int _start;
    private int _end;
    private volatile bool _late;
    private volatile bool _closed;

    private RepairLine(IConnection connection, string address, RepairServices services)
    {
        (_connection, _services, Address) = (connection, services, address);
        _deadline = services.Time.CreateTimer(static line => ((RepairLine)line!).Overdue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary><c>ip:port</c> of the other replica.</summary>
    public string Address { get; }

    public bool IsOpen => !_closed;

    /// <exception cref="RepairFailureException">It is not there.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired.</exception>
    public static async Task<RepairLine> DialAsync(string address, RepairServices services, CancellationToken cancel)
    {
        if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0) throw new RepairFailureException(RepairFailureKind.Unreachable, $"{address} is no address");
        try
        {
            return new RepairLine(await services.Network.ConnectAsync(endPoint, services.Settings.Dial, cancel).ConfigureAwait(false), address, services);
        }
        catch (SocketException e)
        {
            throw new RepairFailureException(RepairFailureKind.Unreachable, $"dial {address}: {e.Message}", cause: e);
        }
    }

    /// <summary>Asks a question that has one packet for an answer.</summary>
    /// <param name="request">Without ids: those are filled in.</param>
    /// <param name="bodyBytesMax">Longest body of a success.</param>
    /// <returns>The body of the success.</returns>
    /// <exception cref="RepairFailureException">Anything else.</exception>
    public async Task<byte[]> AskAsync(PacketHeader request, byte[] data, int bodyBytesMax, TimeSpan limit)
    {
        request = request with { RequestId = RequestIds.Next(), Size = (uint)data.Length };
        try
        {
            await SendAsync(request, data, limit).ConfigureAwait(false);
            var reply = await ReceiveHeaderAsync(limit).ConfigureAwait(false);
            if (!IsSuccess(request, reply, request.Opcode, request.ExtentOffset)) throw await RefusedAsync(reply).ConfigureAwait(false);
            if (reply.Size > bodyBytesMax) throw Violation($"an answer of {reply.Size} bytes to {request.Opcode}");
            await SkipAsync((int)reply.ArgBytes).ConfigureAwait(false);
            var body = new byte[reply.Size];
            await FillAsync(body).ConfigureAwait(false);
            EndAnswer();
            return body;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            throw Failed(e);
        }
        finally
        {
            StopDeadline();
        }
    }

    /// <summary>Closes the line. What waits on it fails.</summary>
    public void Dispose()
    {
        _closed = true;
        _deadline.Dispose();
        _connection.Dispose();
    }

    private async ValueTask SendAsync(PacketHeader request, ReadOnlyMemory<byte> data, TimeSpan limit)
    {
        StartDeadline(limit);
        var packet = new byte[request.EncodedBytes + data.Length];
        data.Span.CopyTo(packet.AsSpan(request.Write(packet)));
        await _connection.SendAsync(packet).ConfigureAwait(false);
    }

    /// <summary>The next header. An error reply ends the line with its text.</summary>
    private async ValueTask<PacketHeader> ReceiveHeaderAsync(TimeSpan limit)
    {
        StartDeadline(limit);
        while (true)
        {
            var status = PacketHeader.TryRead(_staging.AsSpan(_start, _end - _start), PacketLimits.Replies, out var header, out var bytes);
            if (status == DecodeStatus.Malformed) throw Violation("bytes that are no packet, or one with lengths beyond the limits");
            if (status == DecodeStatus.Complete)
            {
                _start += bytes;
                if (header.HasVersionList) throw Violation("an answer with a version list");
                return header;
            }

            await ReceiveMoreAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Compares every field that can tell two requests apart.</summary>
    /// <param name="opcode">That of a success, which of delete records is another than the request's.</param>
    /// <param name="offset">That of a success.</param>
    /// <returns>False if it is an error that answers the request.</returns>
    private bool IsSuccess(in PacketHeader request, in PacketHeader reply, Opcode opcode, long offset)
    {
        var isError = reply.Result != ResultCode.Ok;
        // Errors of CubeFS carry the opcode of the request, whatever its data packets carry, and the offset that failed.
        var mismatch = reply.RequestId != request.RequestId ? "request id"
            : reply.Partition != request.Partition ? "partition"
            : reply.Extent != request.Extent && !(opcode == Opcode.TinyDeleteRecordReply && reply.Extent.Value == 0) ? "extent"
            : reply.Opcode != opcode && !(isError && reply.Opcode == request.Opcode) ? "opcode"
            : reply.Result == ResultCode.None ? "result code"
            : !isError && reply.ExtentOffset != offset ? "offset"
            : null;
        if (mismatch is null) return !isError;
        _services.Events.ReplyMismatch(Address, Describe(request with { ExtentOffset = offset }), Describe(reply));
        throw Violation($"another {mismatch} than that of the request");
    }

    /// <summary>Between two requests nothing may be left: whoever sends more than was asked for is not trusted.</summary>
    private void EndAnswer()
    {
        if (_start == _end) return;
        _services.Events.ReplyMismatch(Address, "nothing more", $"{_end - _start} bytes behind the answer");
        throw Violation("bytes behind the answer");
    }

    private async Task<RepairFailureException> RefusedAsync(PacketHeader reply)
    {
        await SkipAsync((int)reply.ArgBytes).ConfigureAwait(false);
        var text = new byte[Math.Min(reply.Size, (uint)TextCharsMax)];
        await FillAsync(text).ConfigureAwait(false);
        Dispose(); // a server of CubeFS is deaf on it from now on
        return new RepairFailureException(RepairFailureKind.Refused, $"{Address} answered 0x{(byte)reply.Result:x2} {Encoding.UTF8.GetString(text)}", reply.Result);
    }

    private async ValueTask FillAsync(Memory<byte> destination)
    {
        var at = Math.Min(destination.Length, _end - _start);
        _staging.AsSpan(_start, at).CopyTo(destination.Span);
        _start += at;
        while (at < destination.Length)
        {
            var received = await _connection.ReceiveAsync(destination[at..]).ConfigureAwait(false);
            if (received == 0) throw new EndOfStreamException("the connection ended within a packet");
            at += received;
        }
    }

    private async ValueTask SkipAsync(int bytes)
    {
        while (true)
        {
            var step = Math.Min(bytes, _end - _start);
            _start += step;
            bytes -= step;
            if (bytes == 0) return;
            await ReceiveMoreAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask ReceiveMoreAsync()
    {
        _staging.AsSpan(_start, _end - _start).CopyTo(_staging);
        (_start, _end) = (0, _end - _start);
        var received = await _connection.ReceiveAsync(_staging.AsMemory(_end)).ConfigureAwait(false);
        if (received == 0) throw new EndOfStreamException("the connection ended");
        _end += received;
    }

    private void StartDeadline(TimeSpan limit) => _deadline.Change(limit, Timeout.InfiniteTimeSpan);

    private void StopDeadline() => _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private void Overdue()
    {
        _late = true;
        _connection.Dispose();
    }

    private RepairFailureException Violation(string what)
    {
        Dispose();
        return new RepairFailureException(RepairFailureKind.Violation, $"{Address} sent {what}");
    }

    private RepairFailureException Failed(Exception e)
    {
        var late = _late;
        Dispose();
        return late
            ? new RepairFailureException(RepairFailureKind.Late, $"{Address} did not answer in time", cause: e)
            : new RepairFailureException(RepairFailureKind.Lost, $"{Address}: {e.Message}", cause: e);
    }

    private static string Describe(in PacketHeader header) =>
        $"op {(byte)header.Opcode:x2} req {header.RequestId:x} partition {header.Partition} extent {header.Extent} offset {header.ExtentOffset} crc {header.Crc:x8}";
}
