using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>What a client was promised: bytes at a place, on all replicas.</summary>
/// <param name="IsSynced">Acknowledged as durable.</param>
internal sealed record AckedAppend(ulong Extent, long Offset, byte[] Data, bool IsSynced);

/// <summary>The clients of a run: they append, overwrite and read as clients of CubeFS do, and write down what they were told.</summary>
internal sealed class NodeClients
{
    public const string Host = "127.0.0.1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    private readonly Stage _stage;
    private readonly NodePlan _plan;
    private readonly IReadOnlyList<NodeMachine> _machines;
    private readonly INetwork _network;
    private readonly StageTime _time;
    private readonly Strand _strand;
    private long _request;
    private long _moment;
    private ulong _value;
    private int _running;
    private bool _ends;

    public NodeClients(Stage stage, Network network, NodePlan plan, IReadOnlyList<NodeMachine> machines)
    {
        (_stage, _plan, _machines) = (stage, plan, machines);
        _strand = stage.NewStrand("clients", this);
        _time = new StageTime(stage, _strand);
        _network = network.Of(Host, _strand, this, () => false);
    }

    public List<AckedAppend> Acked { get; } = [];
    public List<Operation> History { get; } = [];

    /// <summary>The extent with the registers.</summary>
    public ulong Extent { get; private set; }

    public bool IsIdle => _running == 0;

    public Exception? Failure { get; private set; }

    public int FollowerReads { get; private set; }

    private string[] Followers => [.. _machines.Skip(1).Select(machine => machine.Address)];

    /// <summary>Creates the partition on all nodes and the extent with the registers, before anything fails.</summary>
    public void Prepare() => Run(async () =>
    {
        foreach (var machine in _machines)
        {
            var created = await AskAsync(machine.Index, NodeTasks.Create(machine, _machines)).ConfigureAwait(false);
            Broken.Unless(created?.Header.Result == ResultCode.Ok, $"the partition cannot be created on node {machine.Index}: {TextOf(created)}");
        }

        var extent = await AskAsync(0, Packets.Create(++_request, Followers)).ConfigureAwait(false);
        Broken.Unless(extent?.Header.Result == ResultCode.Ok, $"no extent for the registers: {TextOf(extent)}");
        Extent = extent!.Header.Extent.Value;
        for (var at = 0; at < Registers.ExtentBytes; at += DataPlane.BlockBytes)
        {
            var zeros = new byte[Math.Min(DataPlane.BlockBytes, Registers.ExtentBytes - at)];
            var appended = await AskAsync(0, Packets.Append(Opcode.SyncWrite, Extent, at, ++_request, zeros, Followers)).ConfigureAwait(false);
            Broken.Unless(appended?.Header.Result == ResultCode.Ok, $"no zeros for the registers: {TextOf(appended)}");
        }
    });

    public void Start()
    {
        for (var i = 0; i < _plan.Appenders; i++) Run(AppendAsync);
        for (var i = 0; i < _plan.Overwriters; i++) Run(OverwriteAsync);
        for (var i = 0; i < _plan.Readers; i++) Run(ReadAsync);
    }

    /// <summary>Nothing new is begun.</summary>
    public void End() => _ends = true;

    /// <summary>Reads every register once more, as its leader has it.</summary>
    public void ReadAll() => Run(async () =>
    {
        for (var register = 0; register < Registers.Count; register++)
            while (!await LeaderReadAsync(register).ConfigureAwait(false)) await PauseAsync(100).ConfigureAwait(false);
    });

    private void Run(Func<Task> work)
    {
        _running++;
        _strand.Post(() => _ = GuardAsync());

        async Task GuardAsync()
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                Failure ??= failure;
            }

            _running--;
        }
    }

    private Task PauseAsync(int millisecondsMax) => Task.Delay(TimeSpan.FromMilliseconds(1 + _stage.Random.Next(millisecondsMax)), _time);

    private long NextMoment() => ++_moment;

    private async Task AppendAsync()
    {
        while (!_ends)
        {
            // Only the first of the hosts is a chain leader. An error ends the extent: the client goes on in a new one.
            using var connection = await PacketConnection.TryDialAsync(_network, _time, _machines[0].EndPoint).ConfigureAwait(false);
            var isTiny = _stage.Random.Next(4) == 0;
            if (connection is not null && (isTiny ? await AppendTinyAsync(connection).ConfigureAwait(false) : await AppendToNewAsync(connection).ConfigureAwait(false))) continue;
            await PauseAsync(400).ConfigureAwait(false);
        }
    }

    private async Task<bool> AppendTinyAsync(PacketConnection connection)
    {
        var data = NextData();
        var request = ++_request;
        var reply = await connection.TryAskAsync(Packets.Append(Opcode.Write, 0, 0, request, data, Followers), Patience).ConfigureAwait(false);
        if (!IsAnswer(reply, request, Opcode.Write) || reply.Header.Result != ResultCode.Ok) return false;
        Broken.Unless(reply.Header.Extent.IsTiny && reply.Header.ExtentOffset >= 0, $"a tiny append was answered with extent {reply.Header.Extent} at {reply.Header.ExtentOffset}");
        Acknowledged(reply.Header.Extent.Value, reply.Header.ExtentOffset, data, isSynced: false);
        await PauseAsync(100).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> AppendToNewAsync(PacketConnection connection)
    {
        var request = ++_request;
        var created = await connection.TryAskAsync(Packets.Create(request, Followers), Patience).ConfigureAwait(false);
        if (!IsAnswer(created, request, Opcode.CreateExtent) || created.Header.Result != ResultCode.Ok) return false;
        var (extent, offset) = (created.Header.Extent.Value, 0L);
        for (var rounds = _stage.Random.Next(1, 12); rounds > 0 && !_ends; rounds--)
        {
            // Several in flight: answered in their order, or with an error and then nothing.
            var sent = new List<(long Request, Opcode Opcode, long Offset, byte[] Data)>();
            for (var pipelined = _stage.Random.Next(1, 5); pipelined > 0; pipelined--)
            {
                var data = NextData();
                var opcode = _stage.Random.Next(2) == 0 ? Opcode.SyncWrite : Opcode.Write;
                sent.Add((++_request, opcode, offset, data));
                if (!await connection.TrySendAsync(Packets.Append(opcode, extent, offset, _request, data, Followers)).ConfigureAwait(false)) return false;
                offset += data.Length;
            }

            foreach (var one in sent)
            {
                var reply = await connection.TryReceiveAsync(Patience).ConfigureAwait(false);
                if (!IsAnswer(reply, one.Request, one.Opcode) || reply.Header.Result != ResultCode.Ok) return false;
                Broken.Unless(reply.Header.Extent.Value == extent && reply.Header.ExtentOffset == one.Offset,
                    $"the answer to an append to extent {extent} at {one.Offset} names extent {reply.Header.Extent} at {reply.Header.ExtentOffset}");
                Acknowledged(extent, one.Offset, one.Data, one.Opcode == Opcode.SyncWrite);
            }

            await PauseAsync(100).ConfigureAwait(false);
        }

        return true;
    }

    private void Acknowledged(ulong extent, long offset, byte[] data, bool isSynced)
    {
        _stage.Trace($"append acknowledged: extent {extent} at {offset}, {data.Length} bytes{(isSynced ? ", synced" : "")}");
        Acked.Add(new AckedAppend(extent, offset, data, isSynced));
    }

    private byte[] NextData()
    {
        var data = new byte[_stage.Random.Next(5) switch { 0 => _stage.Random.Next(1, 100), 1 => _stage.Random.Next(20_000, 60_000), _ => _stage.Random.Next(100, 9000) }];
        _stage.Random.NextBytes(data);
        return data;
    }

    private async Task OverwriteAsync()
    {
        var leader = 0;
        while (!_ends)
        {
            var register = _stage.Random.Next(Registers.Count);
            var value = ++_value; // of each attempt its own: one that failed may still be in a log
            var opcode = _stage.Random.Next(3) == 0 ? Opcode.SyncRandomWrite : Opcode.RandomWrite;
            var start = NextMoment();
            var request = ++_request;
            var reply = await AskAsync(leader, Packets.Overwrite(opcode, Extent, Registers.PlaceOf(register).Offset, request, Registers.Content(register, value))).ConfigureAwait(false);
            var succeeded = IsAnswer(reply, request, opcode) && reply.Header.Result == ResultCode.Ok;
            History.Add(new Operation(register, IsWrite: true, value, start, succeeded ? NextMoment() : Operation.Never));
            _stage.Trace($"overwrite of register {register} with {value} at node {leader}: {(succeeded ? "done" : TextOf(reply))}");
            if (!succeeded) leader = (leader + 1) % _machines.Count;
            await PauseAsync(succeeded ? 60 : 100).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync()
    {
        while (!_ends)
        {
            var register = _stage.Random.Next(Registers.Count);
            if (_stage.Random.Next(3) == 0) await FollowerReadAsync(register).ConfigureAwait(false);
            else await LeaderReadAsync(register).ConfigureAwait(false);
            await PauseAsync(80).ConfigureAwait(false);
        }
    }

    private int _leader;

    private async Task<bool> LeaderReadAsync(int register)
    {
        var node = _leader;
        var start = NextMoment();
        if (await ReadOnceAsync(Opcode.StreamRead, node, register).ConfigureAwait(false) is not { } value)
        {
            _leader = (node + 1) % _machines.Count;
            return false;
        }

        History.Add(new Operation(register, IsWrite: false, value, start, NextMoment()));
        _stage.Trace($"leader read of register {register} at node {node}: {value}");
        return true;
    }

    private async Task FollowerReadAsync(int register)
    {
        var node = _stage.Random.Next(_machines.Count);
        if (await ReadOnceAsync(Opcode.StreamFollowerRead, node, register).ConfigureAwait(false) is not { } value) return;
        Broken.Unless(value <= _value, $"node {node} answers a read with {value}, which nobody has written");
        FollowerReads++;
    }

    private async Task<ulong?> ReadOnceAsync(Opcode opcode, int node, int register)
    {
        var (offset, bytes) = Registers.PlaceOf(register);
        using var connection = await PacketConnection.TryDialAsync(_network, _time, _machines[node].EndPoint).ConfigureAwait(false);
        var request = ++_request;
        if (connection is null || !await connection.TrySendAsync(Packets.Read(opcode, Extent, offset, bytes, request)).ConfigureAwait(false)) return null;
        var content = new byte[bytes];
        for (var at = 0; at < bytes;)
        {
            var reply = await connection.TryReceiveAsync(Patience).ConfigureAwait(false);
            if (!IsAnswer(reply, request, opcode) || reply.Header.Result != ResultCode.Ok) return null;
            Broken.Unless(reply.Header.ExtentOffset == offset + at && reply.Data.Length > 0 && reply.Data.Length <= bytes - at && reply.Header.Crc == Crc32.Compute(reply.Data),
                $"node {node} answers a read of {bytes} bytes at {offset} with {reply.Data.Length} at {reply.Header.ExtentOffset}, or a wrong CRC");
            reply.Data.CopyTo(content, at);
            at += reply.Data.Length;
        }

        return Registers.ValueOf(register, content, $"node {node}");
    }

    private async Task<Packet?> AskAsync(int node, byte[] request)
    {
        using var connection = await PacketConnection.TryDialAsync(_network, _time, _machines[node].EndPoint).ConfigureAwait(false);
        return connection is null ? null : await connection.TryAskAsync(request, Patience).ConfigureAwait(false);
    }

    /// <summary>An answer is the answer to this request or the node has crossed two of them.</summary>
    private static bool IsAnswer([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] Packet? reply, long request, Opcode opcode)
    {
        if (reply is null) return false;
        Broken.Unless(reply.Header.RequestId == request && reply.Header.Opcode == opcode && reply.Header.Partition == NodeMachine.Partition,
            $"the answer to {opcode} {request} is one to {reply.Header.Opcode} {reply.Header.RequestId} of partition {reply.Header.Partition}");
        return true;
    }

    private static string TextOf(Packet? packet) => packet is null ? "no answer" : $"{packet.Header.Result} {System.Text.Encoding.UTF8.GetString(packet.Data)}";
}
