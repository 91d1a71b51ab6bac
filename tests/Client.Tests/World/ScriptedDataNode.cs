using System.Collections.Concurrent;
using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Client.Tests;

/// <summary>A data node that answers by the protocol, except where a <see cref="Fault"/> says otherwise.</summary>
/// <remarks>As a chain leader it writes to all replicas of the model itself. After an error reply it is deaf, as CubeFS nodes are.</remarks>
internal sealed class ScriptedDataNode : IDisposable
{
    private readonly IListener _listener;
    private readonly Func<PartitionId, ReplicaSet?> _partitions;
    private readonly ConcurrentBag<IConnection> _connections = [];
    private readonly ConcurrentDictionary<Opcode, int> _counts = new();
    private readonly List<Fault> _faults = [];
    private readonly Lock _lock = new();

    public ScriptedDataNode(INetwork network, string address, Func<PartitionId, ReplicaSet?> partitions)
    {
        Address = address;
        _partitions = partitions;
        _listener = network.Listen(IPEndPoint.Parse(address));
        Running = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>Ends after Dispose; faulted if the client sent what no data node would accept.</summary>
    public Task Running { get; }

    /// <summary>Every request header, in the order of arrival.</summary>
    public ConcurrentQueue<PacketHeader> Received { get; } = new();

    /// <summary>Completes when a packet was met with silence.</summary>
    public TaskCompletionSource Silent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Plan(params Fault[] faults)
    {
        lock (_lock) _faults.AddRange(faults);
    }

    public void PlanNothing()
    {
        lock (_lock) _faults.Clear();
    }

    public void DropConnections()
    {
        foreach (var connection in _connections) connection.Dispose();
    }

    public void Dispose()
    {
        _listener.Dispose();
        DropConnections();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync(CancellationToken.None).ConfigureAwait(false);
                _connections.Add(connection);
                serving.Add(ServeAsync(connection));
            }
        }
        catch (ObjectDisposedException)
        {
            // closed by Dispose
        }

        DropConnections();
        await Task.WhenAll(serving).ConfigureAwait(false);
    }

    private async Task ServeAsync(IConnection connection)
    {
        using var _ = connection;
        byte[]? heldBack = null;
        try
        {
            while (await ReceiveAsync(connection).ConfigureAwait(false) is { } packet)
            {
                Received.Enqueue(packet.Header);
                var nth = _counts.AddOrUpdate(packet.Header.Opcode, 1, static (_, count) => count + 1);
                Fault? fault;
                lock (_lock) fault = _faults.Find(candidate => candidate.Hits(packet.Header.Opcode, nth));
                if (fault?.Kind == FaultKind.Close) return;
                if (fault?.Kind == FaultKind.Silence)
                {
                    Silent.TrySetResult();
                    while (await connection.ReceiveAsync(new byte[4096]).ConfigureAwait(false) > 0) { }
                    return;
                }

                if (Opcodes.IsRead(packet.Header.Opcode))
                {
                    if (!await AnswerReadAsync(connection, packet.Header, fault).ConfigureAwait(false)) return;
                    continue;
                }

                var (reply, body) = fault?.Kind == FaultKind.Refuse ? Refusal(packet.Header, fault.Code, fault.Text) : Execute(packet);
                if (fault is not null) (reply, body) = Spoil(fault, reply, body);
                if (fault?.Kind == FaultKind.ApplyThenClose) return;
                var bytes = Encode(reply, body);
                if (fault?.Kind == FaultKind.Garbage) bytes[0] = 0x47;
                if (fault?.Kind == FaultKind.SurplusByte) bytes = [.. bytes, 0xFF];
                if (fault?.Kind == FaultKind.CloseWithinReply)
                {
                    await connection.SendAsync(bytes.AsMemory(0, 30)).ConfigureAwait(false);
                    return;
                }

                if (fault?.Kind == FaultKind.SwapWithNext)
                {
                    heldBack = bytes;
                    continue;
                }

                await connection.SendAsync(bytes).ConfigureAwait(false);
                if (heldBack is not null) await connection.SendAsync(heldBack).ConfigureAwait(false);
                heldBack = null;
                if (reply.Result != ResultCode.Ok)
                {
                    await connection.ReceiveAsync(new byte[1]).ConfigureAwait(false); // deaf: swallows what comes next, then hangs up
                    return;
                }
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // the client has left
        }
    }

    private (PacketHeader Reply, byte[] Body) Execute(Packet packet)
    {
        var header = packet.Header;
        if (_partitions(header.Partition) is not { } partition) return Refusal(header, ResultCode.TryOtherAddress, ErrorTexts.PartitionMissing);
        if (Opcodes.IsRandomWrite(header.Opcode)) return Overwrite(partition, packet);
        if (header.Opcode == Opcode.GetAppliedId) return TellApplied(partition, header);
        Assert.Equal(partition.Hosts[0], Address);
        Assert.Equal(partition.Hosts.Length == 1 ? 127 : partition.Hosts.Length - 1, header.RemainingFollowers);
        Assert.True(FollowerList.TryParse(packet.Arg, 16, out var followers));
        Assert.Equal(partition.Hosts.Length == 1 ? [""] : partition.Hosts[1..], followers);
        switch (header.Opcode)
        {
            case Opcode.CreateExtent:
                Assert.Equal(8u, header.Size);
                return (header.ToReply(ResultCode.Ok) with { Extent = partition.Create() }, []);
            case Opcode.Write:
                if (Crc32.Compute(packet.Data) != header.Crc) return Refusal(header, ResultCode.IntraGroupNetError, ErrorTexts.CrcMismatch);
                Assert.True(header.HasProtocolVersion);
                if (!header.IsNormalExtent)
                {
                    if (!partition.HasTiny) return Refusal(header, ResultCode.DiskNoSpace, $"{ErrorTexts.NoTinyExtent} error no available extent");
                    var slot = partition.AppendTiny(packet.Data, out var tiny);
                    return (header.ToReply(ResultCode.Ok) with { Extent = tiny, ExtentOffset = slot }, []);
                }

                return partition.TryAppend(header.Extent, header.ExtentOffset, packet.Data)
                    ? (header.ToReply(ResultCode.Ok), [])
                    : Refusal(header, ResultCode.ArgMismatch, ErrorTexts.ArgMismatch);
            case Opcode.BatchDeleteExtent:
                Assert.True(DeleteParams.TryRead(packet.Data, out var parameters));
                Assert.InRange(parameters.Count, 1, 128);
                foreach (var parameter in parameters.Where(parameter => !parameter.ExtentId.IsTiny)) partition.Delete(parameter.ExtentId);
                return (header.ToReply(ResultCode.Ok), []);
            default:
                throw new InvalidOperationException($"no data node is asked {header.Opcode} here");
        }
    }

    private (PacketHeader Reply, byte[] Body) Overwrite(ReplicaSet partition, Packet packet)
    {
        var header = packet.Header;
        Assert.Contains(header.Opcode, (Opcode[])[Opcode.RandomWrite, Opcode.SyncRandomWriteVersion]);
        Assert.Equal(ExtentTypes.Normal | ExtentTypes.ProtocolVersion, header.ExtentType);
        Assert.Equal((0, 0u), (header.RemainingFollowers, header.ArgBytes));
        Assert.InRange(header.Size, 1u, 131072u);
        if (Crc32.Compute(packet.Data) != header.Crc) return Refusal(header, ResultCode.IntraGroupNetError, ErrorTexts.CrcMismatch);
        if (partition.RaftLeader != Address) return Refusal(header, ResultCode.TryOtherAddress, ErrorTexts.NotRaftLeader);
        partition.Overwrite(header.Extent, header.ExtentOffset, packet.Data);
        return (header.ToReply(ResultCode.Ok), []);
    }

    private (PacketHeader Reply, byte[] Body) TellApplied(ReplicaSet partition, PacketHeader header)
    {
        Assert.Equal((0, 0u, 0u), (header.ExtentType, header.Size, header.ArgBytes));
        var number = new byte[NumberBody.OneBytes];
        NumberBody.WriteOne(number, partition.Applied.GetValueOrDefault(Address));
        return (header.ToReply(ResultCode.Ok, (uint)number.Length), number);
    }

    /// <returns>False if the connection is over.</returns>
    private async Task<bool> AnswerReadAsync(IConnection connection, PacketHeader request, Fault? fault)
    {
        Assert.Equal(0, request.RemainingFollowers);
        if (fault is { Kind: FaultKind.Refuse, Block: 0 }) return await RefuseReadAsync(connection, request, fault.Code, fault.Text).ConfigureAwait(false);
        if (_partitions(request.Partition) is not { } partition || !partition.Hosts.Contains(Address))
            return await RefuseReadAsync(connection, request, ResultCode.TryOtherAddress, ErrorTexts.PartitionMissing).ConfigureAwait(false);
        if (request.Opcode == Opcode.StreamRead && partition.RaftLeader != Address)
            return await RefuseReadAsync(connection, request, ResultCode.TryOtherAddress, ErrorTexts.NotRaftLeader).ConfigureAwait(false);
        if (!partition.TryRead(Address, request.Extent, request.ExtentOffset, (int)request.Size, out var data))
            return await RefuseReadAsync(connection, request, ResultCode.NotExist, ErrorTexts.ExtentDeleted).ConfigureAwait(false);
        var block = 0;
        for (var at = 0; at < data.Length; at += 131072, block++)
        {
            var piece = data[at..Math.Min(data.Length, at + 131072)];
            var now = fault?.Block == block ? fault : null;
            if (now?.Kind == FaultKind.Refuse)
                return await RefuseReadAsync(connection, request with { ExtentOffset = request.ExtentOffset + at }, now.Code, now.Text).ConfigureAwait(false);
            if (now?.Kind == FaultKind.TooMuchData) piece = [.. piece, 0];
            var crc = Crc32.Compute(piece);
            var header = request.ToReadData(ExtentTypes.Normal, request.Opcode, request.ExtentOffset + at, (uint)piece.Length, now?.Kind == FaultKind.WrongDataCrc ? ~crc : crc);
            if (now is not null) (header, piece) = Spoil(now, header, piece);
            var bytes = Encode(header, piece);
            if (now?.Kind == FaultKind.Garbage) bytes[0] = 0x47;
            if (now?.Kind == FaultKind.SurplusByte) bytes = [.. bytes, 0xFF];
            if (now?.Kind == FaultKind.CloseWithinReply)
            {
                await connection.SendAsync(bytes.AsMemory(0, bytes.Length / 2)).ConfigureAwait(false);
                return false;
            }

            await connection.SendAsync(bytes).ConfigureAwait(false);
        }

        if (data.Length < request.Size)
            return await RefuseReadAsync(connection, request with { ExtentOffset = request.ExtentOffset + data.Length }, ResultCode.IntraGroupNetError, ErrorTexts.EndOfExtent).ConfigureAwait(false);
        return true;
    }

    private static async Task<bool> RefuseReadAsync(IConnection connection, PacketHeader request, ResultCode code, string text)
    {
        var (reply, body) = Refusal(request, code, text);
        await connection.SendAsync(Encode(reply, body)).ConfigureAwait(false);
        await connection.ReceiveAsync(new byte[1]).ConfigureAwait(false);
        return false;
    }

    private static (PacketHeader, byte[]) Refusal(PacketHeader request, ResultCode code, string text)
    {
        var body = ErrorTexts.Body("Action_", text);
        return (request.ToReply(code, (uint)body.Length), body);
    }

    private static (PacketHeader, byte[]) Spoil(Fault fault, PacketHeader reply, byte[] body) => fault.Kind switch
    {
        FaultKind.ApplyThenRefuse => Refusal(reply, fault.Code, fault.Text),
        FaultKind.WrongRequestId => (reply with { RequestId = reply.RequestId + 1 }, body),
        FaultKind.WrongOpcode => (reply with { Opcode = Opcode.SyncWrite }, body),
        FaultKind.WrongPartition => (reply with { Partition = new PartitionId(reply.Partition.Value + 1) }, body),
        FaultKind.WrongExtent => (reply with { Extent = new ExtentId(reply.Extent.Value + 1) }, body),
        FaultKind.WrongOffset => (reply with { ExtentOffset = reply.ExtentOffset + 1 }, body),
        FaultKind.WrongCrc => (reply with { Crc = ~reply.Crc }, body),
        FaultKind.NoResultCode => (reply with { Result = ResultCode.None }, body),
        FaultKind.UnaskedData => (reply with { Size = 1 }, [1]),
        FaultKind.ExtentZero => (reply with { Extent = default }, body),
        FaultKind.UnalignedSlot => (reply with { ExtentOffset = reply.ExtentOffset + 1 }, body),
        _ => (reply, body),
    };

    private static byte[] Encode(PacketHeader header, byte[] body)
    {
        var bytes = new byte[header.EncodedBytes + body.Length];
        body.CopyTo(bytes, header.Write(bytes));
        return bytes;
    }

    private static async Task<Packet?> ReceiveAsync(IConnection connection)
    {
        var front = new byte[PacketHeader.BytesMax];
        if (!await FillAsync(connection, front.AsMemory(0, PacketHeader.BaseBytes)).ConfigureAwait(false)) return null;
        var more = (front[1] & ExtentTypes.ProtocolVersion) != 0 ? PacketHeader.BytesMax - PacketHeader.BaseBytes : 0;
        if (more > 0 && !await FillAsync(connection, front.AsMemory(PacketHeader.BaseBytes, more)).ConfigureAwait(false)) return null;
        Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(front, PacketLimits.Requests, out var header, out _));
        var arg = new byte[header.ArgBytes];
        var data = new byte[header.DataBytes];
        if (!await FillAsync(connection, arg).ConfigureAwait(false) || !await FillAsync(connection, data).ConfigureAwait(false)) return null;
        return new Packet(header, arg, data);
    }

    private static async Task<bool> FillAsync(IConnection connection, Memory<byte> room)
    {
        for (var at = 0; at < room.Length;)
        {
            var got = await connection.ReceiveAsync(room[at..]).ConfigureAwait(false);
            if (got == 0) return false;
            at += got;
        }

        return true;
    }

    private sealed record Packet(PacketHeader Header, byte[] Arg, byte[] Data);
}
