using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Repair tasks for a replica that is being filled: it reads only when it is known which overwrites the copy will hold, and only from those that have applied them.</summary>
public sealed class CopyTaskTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025, Basis = 9;
    private static readonly byte[] Content = Requests.Noise(300_000, 5);

    private ulong _applied = Basis;
    private Func<Packet, byte[]?> _script = packet => RepairRequests.Blocks(packet, Content);
    private ScriptedFollower _leader = null!;

    private protected override async Task PrepareAsync()
    {
        _leader = Keep(new ScriptedFollower(packet => packet.Header.Opcode == Opcode.GetAppliedId ? CopySource.Answer(packet.Header, Hex.Bytes(_applied.ToString("x16", null))) : _script(packet)));
        await Node.CreatePartitionAsync(Partition, _leader.Address);
        Become(Basis);
    }

    [Fact]
    public async Task A_task_that_comes_before_the_basis_is_known_is_answered_and_changes_nothing()
    {
        Become(0);
        await NotifyAsync();
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        Assert.Equal(0, _leader.Connections);
    }

    [Fact]
    public async Task A_source_is_asked_first_how_far_it_has_applied_the_log()
    {
        await NotifyAsync();
        Assert.Equal(Content, await ReadAsync());
        Assert.Equal(Opcode.GetAppliedId, (await _leader.NextAsync()).Packet.Header.Opcode);
        Assert.Equal(Opcode.ExtentRepairRead, (await _leader.NextAsync()).Packet.Header.Opcode);
        Assert.Equal(1, _leader.Connections);
    }

    [Fact]
    public async Task A_source_that_has_not_applied_what_the_copy_counts_on_is_not_read_from()
    {
        _applied = Basis - 1;
        await NotifyAsync();
        Assert.Equal(0, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
        Assert.Contains(Node.Log.Texts, text => text.Contains("has applied the raft log up to 8, and the copy counts on 9", StringComparison.Ordinal));
        Assert.Equal(1, _leader.Connections); // the next task asks again

        _applied = Basis;
        await NotifyAsync();
        Assert.Equal(Content, await ReadAsync());
    }

    [Fact]
    public async Task A_copy_that_a_Go_node_began_is_read_on_without_the_number()
    {
        Become(0);
        var store = Node.GateOf(Partition).Store;
        Assert.Equal(Storage.StorageError.None, store.CreateExtent(new ExtentId(Extent)));
        Assert.Equal(Storage.StorageError.None, store.Append(new ExtentId(Extent), 0, Content.AsSpan(0, 1000), 0, sync: false, out _));
        await NotifyAsync();
        Assert.Equal(Content, await ReadAsync());
        Assert.Equal(Opcode.ExtentRepairRead, (await _leader.NextAsync()).Packet.Header.Opcode);
    }

    [Fact]
    public async Task A_stop_ends_the_task_that_is_under_way_and_its_leader_is_answered()
    {
        _script = ScriptedFollower.Silence;
        using var peer = await Node.ConnectAsync();
        await peer.SendAsync(RepairRequests.Notify(Partition, Order, 5));
        Assert.Equal(Opcode.GetAppliedId, (await _leader.NextAsync()).Packet.Header.Opcode);
        Assert.Equal(Opcode.ExtentRepairRead, (await _leader.NextAsync()).Packet.Header.Opcode);

        Assert.Equal(ResultCode.Ok, await StopAsync(true));
        Assert.Equal(ResultCode.Ok, (await peer.ReceiveAsync()).Header.Result);
        await _leader.NextEndAsync();

        _script = packet => RepairRequests.Blocks(packet, Content);
        await NotifyAsync();
        Assert.Equal(1, _leader.Connections);
        Assert.Equal(ResultCode.Ok, await StopAsync(false));
        await NotifyAsync();
        Assert.Equal(Content, await ReadAsync());
    }

    private RepairTask Order => new()
    {
        TaskType = RepairTask.Normal,
        ExtentsToBeCreated = [RepairRequests.Listed(Extent, Content.Length, _leader.Address)],
        ExtentsToBeRepaired = [RepairRequests.Listed(Extent, Content.Length, _leader.Address)],
        LeaderAddr = _leader.Address,
    };

    /// <summary>A replica that is being filled, or was when a Go node had it.</summary>
    private void Become(ulong basis) => Node.GateOf(Partition).Machine.Record.Change(meta => meta with { IsBeingRebuilt = true, CopyBasis = basis });

    private async Task NotifyAsync()
    {
        using var peer = await Node.ConnectAsync();
        await peer.SendAsync(RepairRequests.Notify(Partition, Order, 5));
        Assert.Equal(ResultCode.Ok, (await peer.ReceiveAsync()).Header.Result);
    }

    private async Task<ResultCode> StopAsync(bool stop)
    {
        using var master = await Node.ConnectAsync();
        var request = new StopPartitionRepairRequest { PartitionId = new PartitionId(Partition), Stop = stop };
        return (await master.AskAsync(AdminPackets.Build(Node, Opcode.StopDataPartitionRepair, Partition, request, MasterJson.Default.StopPartitionRepairRequest))).Header.Result;
    }

    private async Task<byte[]> ReadAsync()
    {
        using var reader = await Node.ConnectAsync();
        return await reader.ReadAsync(Partition, Extent, 0, (uint)Content.Length);
    }
}
