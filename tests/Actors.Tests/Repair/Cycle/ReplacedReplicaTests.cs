using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>
/// A replica moves from one node to another as a master moves it: removed here, added there, filled by the cycle of the first of its hosts while
/// clients overwrite and delete, a member of the raft group when it is whole. Source: storage-and-repair 4.10 and 8.5 (D9, D11), control-plane 5.5.
/// </summary>
public sealed class ReplacedReplicaTests : ThreeNodes
{
    private static readonly byte[] Content = Requests.Noise(300_000, 11);
    private readonly ShiftedTime _time = new();

    private protected override NodeOptions Options => base.Options with
    {
        Time = _time,
        Repair = new RepairSettings
        {
            FirstVerification = TimeSpan.FromMilliseconds(50),
            VerificationPeriod = TimeSpan.FromMilliseconds(300),
            BrokenPeriod = TimeSpan.FromMilliseconds(300),
            FirstCycle = TimeSpan.FromMilliseconds(50),
            CyclePeriod = TimeSpan.FromMilliseconds(300),
            CopyPeriod = TimeSpan.FromMilliseconds(200),
            RetryMin = TimeSpan.FromMilliseconds(20),
        },
    };

    [Fact]
    public async Task A_new_replica_is_filled_by_the_cycle_and_joins_with_every_byte()
    {
        for (ulong id = 2000; id < 2020; id++) WriteOnAll(id, (int)(id - 1999) * 15_000);
        await OverwriteAsync(1000, Requests.Noise(500, 1));
        await OrderAsync(
            Opcode.RemoveDataPartitionRaftMember, new RemoveRaftMemberRequest { PartitionId = new PartitionId(Partition), RemovePeer = PeerOf(2, 3) }, MasterJson.Default.RemoveRaftMemberRequest);
        await StopAsync(2);
        var removed = Nodes[2];
        var added = await RunningNode.StartAsync(Options);
        try
        {
            await OrderAsync(
                Opcode.AddDataPartitionRaftMember,
                new AddRaftMemberRequest { PartitionId = new PartitionId(Partition), AddPeer = new Peer { Id = new NodeId(4), Address = added.Address }, RepairingStatus = true },
                MasterJson.Default.AddRaftMemberRequest);
            var request = AdminPackets.CreateRequest(added, Partition) with
            {
                CreateType = 1,
                LeaderSize = 1_000_000,
                Hosts = [Nodes[0].Address, Nodes[1].Address, added.Address],
                Members = [PeerOf(0, 1), PeerOf(1, 2), new Peer { Id = new NodeId(4), Address = added.Address }],
            };
            using (var master = await added.ConnectAsync())
            {
                var created = await master.AskAsync(AdminPackets.Create(added, request));
                Assert.True(created.Header.Result == ResultCode.Ok, created.Text);
            }

            _time.MoveOn(TimeSpan.FromSeconds(62));
            // Deleted while it is being filled: gone everywhere in the end.
            foreach (var node in Nodes[..2]) Assert.Equal(StorageError.None, node.GateOf(Partition).Store.Delete(new ExtentId(2005)));
            var overwritten = Requests.Noise(700, 2);
            await OverwriteAsync(3000, overwritten);
            await Patience.UntilAsync(() =>
            {
                _time.MoveOn(TimeSpan.FromMilliseconds(20)); // what is filled has to be a minute old before it is compared
                return !added.GateOf(Partition).Machine.Record.Meta.IsBeingRebuilt;
            });
            (Nodes[2], Runs[2]) = (added, true);
            await AllHoldAsync(3000, overwritten);
            foreach (var node in Nodes)
            {
                var store = node.GateOf(Partition).Store;
                Assert.Null(store.Find(new ExtentId(2005)));
                using var reader = await node.ConnectAsync();
                for (ulong id = 2000; id < 2020; id++)
                    if (id != 2005) Assert.Equal(Content[..((int)(id - 1999) * 15_000)], await reader.ReadAsync(Partition, id, 0, (uint)(id - 1999) * 15_000));
            }
        }
        finally
        {
            if (Nodes[2] == removed) await added.StopAsync();
            (Nodes[2] == removed ? added : removed).DeleteFiles(); // the other one's go with the rest
        }
    }

    private Peer PeerOf(int node, ulong id) => new() { Id = new NodeId(id), Address = Nodes[node].Address };

    private void WriteOnAll(ulong extent, int bytes)
    {
        foreach (var node in Nodes)
        {
            var store = node.GateOf(Partition).Store;
            Assert.Equal(StorageError.None, store.CreateExtent(new ExtentId(extent)));
            for (var at = 0; at < bytes; at += DataPlane.BlockBytes)
                Assert.Equal(StorageError.None, store.Append(new ExtentId(extent), at, Content.AsSpan(at, Math.Min(DataPlane.BlockBytes, bytes - at)), 0, false, out _));
        }
    }

    /// <summary>As a master orders it: from one replica after the other, until one has done it.</summary>
    private async Task OrderAsync<T>(Opcode opcode, T request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        var refusal = "";
        for (var tries = 0; tries < 200; tries++)
        {
            using var master = await Nodes[tries % 2].ConnectAsync();
            var reply = await master.AskAsync(AdminPackets.Build(Nodes[tries % 2], opcode, Partition, request, type));
            if (reply.Header.Result == ResultCode.Ok) return;
            refusal = reply.Text;
        }

        Assert.Fail(refusal);
    }
}
