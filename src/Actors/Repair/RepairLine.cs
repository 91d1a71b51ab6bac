using System.Net;
using System.Net.Sockets;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What a connection to another replica needs.</summary>
internal sealed record LineParts(INetwork Network, TimeProvider Time, RepairSettings Settings, IDataPathEvents Events);

/// <summary>A connection of one operation to one other replica: dialled for it, used by nobody else, closed with it.</summary>
/// <remarks>
/// One request after the other, each with an id of its own. An answer counts only if every identifying field is that of the request
/// (<see cref="ReplyCheck"/>); any doubt, an error, a late or a surplus byte closes the line, is told with both sides' fields, and ends in a
/// <see cref="RepairFailureException"/>, so that no answer ever reaches another request (P2). Each packet has its time, and so has the whole answer.
/// One owner at a time; only <see cref="Dispose"/> may come from another thread.
/// </remarks>
internal sealed partial class RepairLine : IDisposable
{
    private const int StagingBytes = 4096;

    /// <summary>The longest error text that is kept.</summary>
    private const int TextBytesMax = 4096;

    /// <summary>The part of it that log lines repeat.</summary>
    private const int TextCharsMax = 300;

    private readonly IConnection _connection;
    private readonly LineParts _parts;
    private readonly ITimer _deadline;
    private readonly byte[] _staging = new byte[StagingBytes];
    private int _start;
    private int _end;
    private long _ends;
    private bool _spent;
    private volatile bool _late;
    private volatile bool _closed;

    private RepairLine(IConnection connection, string address, LineParts parts)
    {
        (_connection, _parts, Address) = (connection, parts, address);
        _deadline = parts.Time.CreateTimer(static line => ((RepairLine)line!).Overdue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary><c>ip:port</c> of the other replica.</summary>
    public string Address { get; }

    /// <summary>Everything asked on it so far was answered to the last byte.</summary>
    public bool IsOpen => !_closed && !_spent;

    /// <inheritdoc cref="DialAsync(string, LineParts, CancellationToken)"/>
    public static Task<RepairLine> DialAsync(string address, RepairServices services, CancellationToken cancel) =>
        DialAsync(address, new LineParts(services.Network, services.Time, services.Settings, services.Events), cancel);

    /// <exception cref="RepairFailureException">It is not there.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired.</exception>
    public static async Task<RepairLine> DialAsync(string address, LineParts parts, CancellationToken cancel)
    {
        if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0) throw new RepairFailureException(RepairFailureKind.Unreachable, $"{address} is no address");
        try
        {
            return new RepairLine(await parts.Network.ConnectAsync(endPoint, parts.Settings.Dial, cancel).ConfigureAwait(false), address, parts);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            throw new RepairFailureException(RepairFailureKind.Unreachable, $"dial {address}: {e.Message}", cause: e);
        }
    }

    /// <summary>Asks a question that has one packet for an answer, of any length up to <paramref name="bodyBytesMax"/>.</summary>
    /// <inheritdoc cref="AskAsync(PacketHeader, byte[], AnswerBytes, TimeSpan)"/>
    public Task<byte[]> AskAsync(PacketHeader request, byte[] data, int bodyBytesMax, TimeSpan limit) => AskAsync(request, data, AnswerBytes.UpTo(bodyBytesMax), limit);

    /// <summary>Asks a question that has one packet for an answer.</summary>
    /// <param name="request">Without ids: those are filled in.</param>
    /// <param name="answer">The body of a success.</param>
    /// <param name="limit">For all of it, the sending included.</param>
    /// <returns>The body of the success.</returns>
    /// <exception cref="RepairFailureException">Anything else.</exception>
    public async Task<byte[]> AskAsync(PacketHeader request, byte[] data, AnswerBytes answer, TimeSpan limit)
    {
        request = request with { RequestId = RequestIds.Next(), Size = (uint)data.Length };
        Begin(limit);
        try
        {
            StartFrame(limit);
            await SendAsync(request, data).ConfigureAwait(false);
            var reply = await ReceiveHeaderAsync(request).ConfigureAwait(false);
            await AdmitAsync(ExpectedReply.Single(request, answer), reply).ConfigureAwait(false);
            var body = new byte[reply.Size];
            await FillAsync(body).ConfigureAwait(false);
            EndAnswer(request);
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

    /// <summary>The frame was right and what is in it is not: closes the line and tells why.</summary>
    /// <param name="request">As it was given to <see cref="AskAsync(PacketHeader, byte[], AnswerBytes, TimeSpan)"/>.</param>
    public RepairFailureException Distrust(in PacketHeader request, string expected, string received) => Violation(request, ReplyDoubts.Content, expected, received);

    /// <summary>Closes the line. What waits on it fails.</summary>
    public void Dispose()
    {
        _closed = true;
        _deadline.Dispose();
        _connection.Dispose();
    }

    private async ValueTask SendAsync(PacketHeader request, ReadOnlyMemory<byte> data)
    {
        Invariant.Check(!_spent);
        var packet = new byte[request.EncodedBytes + data.Length];
        data.Span.CopyTo(packet.AsSpan(request.Write(packet)));
        await _connection.SendAsync(packet).ConfigureAwait(false);
    }

    /// <summary>The next header, whatever it says.</summary>
    private async ValueTask<PacketHeader> ReceiveHeaderAsync(PacketHeader request)
    {
        while (true)
        {
            var status = PacketHeader.TryRead(_staging.AsSpan(_start, _end - _start), PacketLimits.Replies, out var header, out var bytes);
            if (status == DecodeStatus.Malformed) throw Violation(request, ReplyDoubts.NoPacket, "a packet within the limits", Front(_staging.AsSpan(_start, _end - _start)));
            if (status == DecodeStatus.Complete)
            {
                _start += bytes;
                if (header.HasVersionList) throw Violation(request, ReplyDoubts.NoPacket, "a packet without a version list", ReplyMismatch.Describe(header));
                return header;
            }

            await ReceiveMoreAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Lets through the success that is expected, and nothing else.</summary>
    /// <exception cref="RepairFailureException">Not an answer to the request, or an error.</exception>
    private async ValueTask AdmitAsync(ExpectedReply expected, PacketHeader reply)
    {
        var doubts = ReplyCheck.Compare(expected, reply);
        if (doubts != ReplyDoubts.None) throw Violation(expected, doubts, reply);
        if (reply.Result != ResultCode.Ok) throw await RefusedAsync(reply).ConfigureAwait(false);
    }

    /// <summary>Between two requests nothing may be left: whoever sends more than was asked for is not trusted.</summary>
    private void EndAnswer(in PacketHeader request)
    {
        if (_start != _end) throw Violation(request, ReplyDoubts.Surplus, "nothing behind the answer", $"{_end - _start} bytes: {Front(_staging.AsSpan(_start, _end - _start))}");
    }

    private async Task<RepairFailureException> RefusedAsync(PacketHeader reply)
    {
        await SkipAsync((int)reply.ArgBytes).ConfigureAwait(false);
        var bytes = new byte[Math.Min(reply.Size, TextBytesMax)];
        await FillAsync(bytes).ConfigureAwait(false);
        Dispose(); // a server of CubeFS is deaf on it from now on
        var text = Encoding.UTF8.GetString(bytes);
        var brief = text.Length <= TextCharsMax ? text : text[..TextCharsMax];
        return new RepairFailureException(RepairFailureKind.Refused, $"{Address} answered 0x{(byte)reply.Result:x2} {brief}", reply.Result) { Text = text };
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

    /// <summary>From here on all packets of one answer together have this long.</summary>
    private void Begin(TimeSpan limit) => _ends = _parts.Time.GetTimestamp() + (long)(limit.TotalSeconds * _parts.Time.TimestampFrequency);

    /// <summary>What the answer may still take.</summary>
    private TimeSpan Left()
    {
        var now = _parts.Time.GetTimestamp();
        return now >= _ends ? TimeSpan.Zero : _parts.Time.GetElapsedTime(now, _ends);
    }

    /// <summary>From here on the next packet has this long, or what is left for all of them.</summary>
    /// <exception cref="RepairFailureException">Nothing is left.</exception>
    private void StartFrame(TimeSpan limit)
    {
        var left = Left();
        if (left > TimeSpan.Zero)
        {
            _deadline.Change(limit < left ? limit : left, Timeout.InfiniteTimeSpan);
            return;
        }

        _late = true;
        throw Failed(new TimeoutException("packet after packet, and no end"));
    }

    private void StopDeadline() => _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private void Overdue()
    {
        _late = true;
        _closed = true; // the answer may have come to its end in this moment; the next one goes over another line all the same
        _connection.Dispose();
    }

    private RepairFailureException Violation(in ExpectedReply expected, ReplyDoubts doubts, in PacketHeader reply) =>
        Violation(ReplyMismatch.Of(Address, doubts, expected.AsHeader, reply));

    private RepairFailureException Violation(in PacketHeader request, ReplyDoubts doubts, string expected, string received) =>
        Violation(new ReplyMismatch(Address, doubts, request.Partition, request.Extent, expected, received));

    private RepairFailureException Violation(ReplyMismatch mismatch)
    {
        Dispose();
        _parts.Events.ReplyMismatch(mismatch);
        return new RepairFailureException(
            RepairFailureKind.Violation, $"{Address} sent an answer that is not trusted ({ReplyDoubtNames.Of(mismatch.Doubts)}): expected {mismatch.Expected}, received {mismatch.Received}")
        {
            Doubts = mismatch.Doubts,
        };
    }

    private RepairFailureException Failed(Exception e)
    {
        var late = _late;
        Dispose();
        return late
            ? new RepairFailureException(RepairFailureKind.Late, $"{Address} did not answer in time", cause: e)
            : new RepairFailureException(RepairFailureKind.Lost, $"{Address}: {e.Message}", cause: e);
    }

    /// <summary>The first bytes, so that somebody can tell what they are of.</summary>
    private static string Front(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, PacketHeader.BaseBytes)]);
}
