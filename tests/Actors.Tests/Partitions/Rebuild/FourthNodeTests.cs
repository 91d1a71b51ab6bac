using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>
/// A fourth node takes the place of the third, step by step as a master has it done (control-plane 5.4): it is filled by the repair of the first, joins the
/// group, and holds what the others hold, overwrites of the meantime included.
/// </summary>
public sealed class FourthNodeTests : ThreeNodes
{
    private const ulong Second = 1026, Tiny = 3;
    private const int Leaving = 2;

    private readonly ShiftedTime _time = new();
    private readonly byte[] _content = Requests.Noise(1_000_000, 8);
    private RunningNode? _fourth;
    private CreateDataPartitionRequest _order = null!;

    private protected override NodeOptions Options => base.Options with
    {
        Time = _time,
        Repair = new RepairSettings
        {
            FirstVerification = TimeSpan.FromMilliseconds(50),
            VerificationPeriod = TimeSpan.FromMilliseconds(300),
            BrokenPeriod = TimeSpan.FromMilliseconds(200),
            FirstCycle = TimeSpan.FromMilliseconds(50),
            CyclePeriod = TimeSpan.FromMilliseconds(300),
            RetryMin = TimeSpan.FromMilliseconds(20),
            CopyPeriod = TimeSpan.FromMilliseconds(100),
        },
    };

    [Fact]
    public async Task A_decommission_ends_with_a_replica_that_holds_all_that_was_written_before_and_meanwhile()
    {
        await BeginAsync();
        await CreateAsync();
        using (var client = await _fourth!.ConnectAsync())
        {
            Assert.Equal(0ul, System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian((await client.AskAsync(Requests.AppliedId(Partition, 1))).Data)); // so that nobody cuts the log
            Assert.Equal(ResultCode.TryOtherAddress, (await client.AskAsync(Requests.LeaderRead(Partition, Extent, 0, 1, 2))).Header.Result);
        }

        await FilledAsync();
        await EndAsync();
    }

    [Fact]
    public async Task Restarted_again_and_again_while_it_is_filled_it_ends_the_same()
    {
        await BeginAsync();
        await CreateAsync();
        for (var restart = 0; restart < 4; restart++)
        {
            await OverwriteAsync(restart * 4096, Requests.Noise(4096, 50 + restart));
            _fourth = await _fourth!.RestartAsync(Options);
        }

        await FilledAsync();
        _fourth = await _fourth!.RestartAsync(Options);
        await FilledAsync();
        await EndAsync();
    }

    [Fact]
    public async Task Its_source_may_restart_while_it_is_filled()
    {
        await BeginAsync();
        await CreateAsync();
        await StopAsync(0);
        await StartAsync(0);
        await FilledAsync();
        await EndAsync();
    }

    [Fact]
    public async Task Added_a_second_time_it_reads_in_the_log_that_it_once_left_and_goes_on()
    {
        await BeginAsync();
        await CreateAsync();
        await FilledAsync();
        var peer = _order.Members[^1];
        await RemoveAsync(peer);
        using (var master = await _fourth!.ConnectAsync())
            Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(_fourth, Partition))).Header.Result);
        await OverwriteAsync(5000, Requests.Noise(3000, 41));
        await AddAsync(peer);
        await CreateAsync();
        await FilledAsync();
        await EndAsync();
    }

    /// <summary>Data of all kinds, then the third node leaves and the fourth is added to the group.</summary>
    private async Task BeginAsync()
    {
        await AppendAsync(Extent, 65536, _content);
        using (var client = await Nodes[0].ConnectAsync())
        {
            var others = Nodes[1..].Select(node => node.Address).ToArray();
            Assert.Equal(Second, (await client.AskAsync(Requests.Create(Partition, 2, others))).Header.Extent.Value);
        }

        await AppendAsync(Second, 0, _content[..5000]);
        foreach (var node in Nodes) Assert.Equal(StorageError.None, node.GateOf(Partition).Store.Append(new ExtentId(Tiny), 0, _content.AsSpan(0, 4096), 0, sync: false, out _));
        await OverwriteAsync(100, Requests.Noise(3000, 40));
        _time.MoveOn(TimeSpan.FromSeconds(62)); // old enough to be listed

        _fourth = await RunningNode.StartAsync(Options);
        var peer = new Peer { Id = new NodeId(4), Address = _fourth.Address };
        var created = AdminPackets.CreateRequest(Nodes[0], Partition, [.. Nodes[1..].Select(node => node.Address)]);
        var leaver = created.Members[Leaving];
        await RemoveAsync(leaver);
        await OrderAsync(Leaving, Opcode.DeleteDataPartition, new DeleteDataPartitionRequest { PartitionId = new PartitionId(Partition) }, MasterJson.Default.DeleteDataPartitionRequest);
        await AddAsync(peer);
        await StopAsync(Leaving);
        _order = created with
        {
            CreateType = 1,
            LeaderSize = 1 << 20,
            Hosts = [.. created.Hosts.Take(Leaving), _fourth.Address],
            Members = [.. created.Members.Take(Leaving), peer],
        };
    }

    private Task RemoveAsync(Peer peer) => OrderAsync(
        0, Opcode.RemoveDataPartitionRaftMember, new RemoveRaftMemberRequest { PartitionId = new PartitionId(Partition), RemovePeer = peer }, MasterJson.Default.RemoveRaftMemberRequest);

    private Task AddAsync(Peer peer) => OrderAsync(
        0, Opcode.AddDataPartitionRaftMember, new AddRaftMemberRequest { PartitionId = new PartitionId(Partition), AddPeer = peer, RepairingStatus = true }, MasterJson.Default.AddRaftMemberRequest);

    private async Task CreateAsync()
    {
        using var master = await _fourth!.ConnectAsync();
        var reply = await master.AskAsync(AdminPackets.Create(_fourth, _order));
        Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
    }

    /// <summary>Until the fourth is a member, its first replica is overwritten.</summary>
    private async Task FilledAsync()
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var round = 0; Report is not { PartitionStatus: > 0 }; round++)
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience.Long, $"it was not filled: {string.Join('\n', _fourth!.Log.Texts)}");
            Assert.NotEqual(-1, Report?.PartitionStatus);
            await OverwriteAsync((round % 40) * 20_000, Requests.Noise(5000, round));
        }

        Assert.Equal(1, Report!.DecommissionRepairProgress);
    }

    private async Task EndAsync()
    {
        Assert.True(_fourth!.GateOf(Partition).Flags.Repairing); // appends wait for the master
        using (var client = await Nodes[0].ConnectAsync())
            Assert.Equal((ResultCode)0xB5, (await client.AskAsync(Requests.Append(Partition, Second, 5000, 3, [1, 2, 3], Nodes[1].Address, _fourth.Address))).Header.Result);
        await AskUntilAsync(Opcode.SetRepairingStatus, new SetRepairingStatusRequest { PartitionId = new PartitionId(Partition), RepairingStatus = false }, MasterJson.Default.SetRepairingStatusRequest);
        await Patience.UntilAsync(() => Nodes[0].GateOf(Partition).Flags.Repairing is false && Nodes[1].GateOf(Partition).Flags.Repairing is false && !_fourth.GateOf(Partition).Flags.Repairing);
        using (var client = await Nodes[0].ConnectAsync())
        {
            var reply = await client.AskAsync(Requests.Append(Partition, Second, 5000, 3, [1, 2, 3], Nodes[1].Address, _fourth.Address));
            Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
        }

        await OverwriteAsync(200, Requests.Noise(100, 90));
        RunningNode[] replicas = [Nodes[0], Nodes[1], _fourth];
        await Patience.UntilAsync(() => replicas.Select(node => node.GateOf(Partition)).All(gate => gate.Raft is { IsReplaying: false })
            && replicas.Select(node => node.GateOf(Partition).Machine.Applied).Distinct().Count() == 1);
        foreach (var (extent, size) in new[] { (Extent, 65536 + _content.Length), (Second, 5003), (Tiny, 4096) })
        {
            var bytes = new List<byte[]>();
            foreach (var node in replicas)
            {
                using var reader = await node.ConnectAsync();
                bytes.Add(await reader.ReadAsync(Partition, extent, 0, (uint)size));
            }

            Assert.Equal(bytes[0], bytes[1]);
            Assert.Equal(bytes[0], bytes[2]);
        }

        Assert.Equal(0, _fourth.GateOf(Partition).Store.DamagedBlocks);
        await _fourth.StopAsync();
        _fourth.DeleteFiles();
    }

    /// <summary>What the master would hear now; null while the replica is being loaded.</summary>
    private PartitionReport? Report => _fourth!.Surface.Report().PartitionReports.SingleOrDefault();

    private async Task AppendAsync(ulong extent, long from, byte[] content)
    {
        using var client = await Nodes[0].ConnectAsync();
        for (var at = 0; at < content.Length;)
        {
            var step = (int)Math.Min(131072 - ((from + at) % 131072), content.Length - at);
            var reply = await client.AskAsync(Requests.Append(Partition, extent, from + at, at + 10, content[at..(at + step)], [.. Nodes[1..].Select(node => node.Address)]));
            Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
            at += step;
        }
    }

    /// <summary>To one node, which passes it on to the leader; repeated while there is none.</summary>
    private async Task OrderAsync<T>(int node, Opcode opcode, T request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            using var master = await Nodes[node].ConnectAsync();
            var reply = await master.AskAsync(AdminPackets.Build(Nodes[node], opcode, Partition, request, type));
            if (reply.Header.Result == ResultCode.Ok) return;
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience.Long, reply.Text);
        }
    }

    /// <summary>To one node after the other: only the leader takes it, and nobody passes it on.</summary>
    private async Task AskUntilAsync<T>(Opcode opcode, T request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            foreach (var node in (RunningNode[])[Nodes[0], Nodes[1], _fourth!])
            {
                using var master = await node.ConnectAsync();
                var reply = await master.AskAsync(AdminPackets.Build(node, opcode, Partition, request, type));
                if (reply.Header.Result == ResultCode.Ok) return;
                Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience.Long, reply.Text);
            }
        }
    }
}
