using System.Text;
using System.Text.Json;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Everything in the log that is no overwrite: no-ops, JSON commands, changes of the members. Source: raft.md 4.2 to 4.4.</summary>
public sealed class StateMachineControlTests
{
    private readonly TestReplica _replica = new();

    [Fact]
    public void A_leader_s_first_entry_moves_nothing()
    {
        Assert.Equal(ApplyResult.Done, _replica.Apply(1, []));
        Assert.Equal(0ul, _replica.Machine.Applied);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_repairing_status_goes_into_META_durably_and_moves_no_applied_id(bool repairing)
    {
        _replica.Record.Change(meta => meta with { IsRepairing = !repairing });

        var command = ControlCommand.SetRepairingStatus(new SetRepairingStatusRequest { PartitionId = TestReplica.Partition, RepairingStatus = repairing });
        Assert.Equal(ApplyResult.Done, _replica.Apply(8, command));

        Assert.Equal((repairing, repairing), (_replica.Record.Meta.IsRepairing, _replica.MetaOnDisk.IsRepairing));
        Assert.Equal(0ul, _replica.Machine.Applied);
        Assert.Empty(_replica.Notes);
    }

    [Fact]
    public void A_repairing_status_that_META_covers_is_not_set_again()
    {
        _replica.Record.Change(meta => meta with { ApplyId = 8 });

        _replica.Apply(8, ControlCommand.SetRepairingStatus(new SetRepairingStatusRequest { PartitionId = TestReplica.Partition, RepairingStatus = true }));

        Assert.False(_replica.Record.Meta.IsRepairing);
    }

    [Theory]
    [InlineData("{\"op\":184,\"k\":\"dmVyc2lvbg==\",\"v\":\"e30=\"}", "versions of a volume with snapshots")]
    [InlineData("no JSON at all", "it is no JSON command")]
    public void What_is_ignored_is_said(string json, string why)
    {
        Assert.Equal(ApplyResult.Done, _replica.Apply(8, Encoding.UTF8.GetBytes(json)));

        Assert.Contains($"entry 8 is ignored: {why}", Assert.Single(_replica.Notes));
        Assert.Equal(0ul, _replica.Machine.Applied);
    }

    [Theory]
    [InlineData("{\"op\":1,\"k\":\"\",\"v\":\"\"}")]
    [InlineData("{\"op\":140,\"k\":\"\",\"v\":\"bm8gSlNPTg==\"}")] // a status that is none
    [InlineData("{\"op\":4000000000}")]
    public void An_unknown_command_is_ignored_as_CubeFS_does(string json)
    {
        var meta = _replica.Record.Meta;

        Assert.Equal(ApplyResult.Done, _replica.Apply(8, Encoding.UTF8.GetBytes(json)));

        Assert.Same(meta, _replica.Record.Meta);
    }

    [Theory]
    [InlineData(0x0F)]
    [InlineData(0x12)]
    [InlineData(0xB4)]
    public void An_overwrite_in_the_form_of_very_old_logs_stops_the_replica_instead_of_being_lost(byte opcode)
    {
        var stop = Assert.Throws<StorageCorruptException>(() => _replica.Apply(8, Encoding.UTF8.GetBytes($"{{\"op\":{opcode},\"k\":\"\",\"v\":\"\"}}")));

        Assert.Contains("in the JSON form of CubeFS before 2.0", stop.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Less_than_four_bytes_are_no_command_and_stop_the_replica(int bytes)
    {
        var stop = Assert.Throws<StorageCorruptException>(() => _replica.Apply(8, new byte[bytes]));

        Assert.Contains($"entry 8 of its raft log holds {bytes} bytes that are no command", stop.Message);
        Assert.Contains("Let the master rebuild it", stop.Message);
    }

    [Fact]
    public void A_new_member_is_in_META_and_APPLY_before_the_entry_counts_as_applied()
    {
        _replica.Record.Change(meta => meta with { IsBeingRebuilt = true });

        var meta = Change(9, MembershipAction.Add, 3, Add(3, repairing: true));

        Assert.Equal([1ul, 2, 3], meta.Peers.Select(peer => peer.Id.Value));
        Assert.Equal("127.0.0.3:17310", meta.Hosts[^1]);
        Assert.Equal((true, false), (meta.IsRepairing, meta.IsBeingRebuilt));
        Assert.Equal(meta.Peers, _replica.MetaOnDisk.Peers);
        Assert.Equal((9ul, 9ul, 9ul), (_replica.Machine.Applied, _replica.Machine.DurableApplied, _replica.AppliedOnDisk));
    }

    [Fact]
    public void A_member_that_leaves_goes_by_id_from_the_peers_and_by_address_from_the_hosts()
    {
        var meta = Change(9, MembershipAction.Remove, 1, Remove(1));

        Assert.Equal([2ul], meta.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(["127.0.0.2:17310"], meta.Hosts);
        Assert.Equal(meta.Hosts, _replica.MetaOnDisk.Hosts);
        Assert.Equal(9ul, _replica.AppliedOnDisk);
    }

    [Fact]
    public void A_change_that_META_covers_moves_the_applied_id_and_not_the_members()
    {
        _replica.Record.Change(meta => meta with { ApplyId = 9 });

        var meta = Change(9, MembershipAction.Remove, 1, Remove(1));

        Assert.Equal(2, meta.Peers.Count);
        Assert.Equal(9ul, _replica.AppliedOnDisk);
    }

    [Theory]
    [InlineData(MembershipAction.Add, "", 0)]
    [InlineData(MembershipAction.Update, "{}", 0)]
    [InlineData(MembershipAction.Add, "{half", 1)]
    [InlineData(MembershipAction.Remove, "[]", 1)]
    public void A_change_without_a_readable_request_leaves_META_and_still_counts(MembershipAction action, string context, int notes)
    {
        var before = _replica.Record.Meta;

        Assert.Same(before, Change(9, action, 3, Encoding.UTF8.GetBytes(context)));

        Assert.Equal(9ul, _replica.AppliedOnDisk);
        Assert.Equal(notes, _replica.Notes.Count);
    }

    [Fact]
    public void An_older_change_never_takes_the_applied_id_back()
    {
        Change(9, MembershipAction.Add, 3, Add(3));
        Change(7, MembershipAction.Add, 4, Add(4)); // a replay after a restart that lost nothing
        Assert.Equal((9ul, 9ul), (_replica.Machine.Applied, _replica.AppliedOnDisk));
    }

    [Fact]
    public void META_that_cannot_be_written_is_a_fault_and_the_change_does_not_count()
    {
        _replica.Files.Fault = call => call is { Operation: DiskOperation.Sync, Name: ".meta" } ? DiskFault.MediaError : null;

        Assert.Throws<Runtime.DiskFaultException>(() => Change(9, MembershipAction.Add, 3, Add(3)));

        Assert.Equal((0ul, 2), (_replica.Machine.Applied, _replica.Record.Meta.Peers.Count));
    }

    private PartitionMeta Change(ulong index, MembershipAction action, ulong member, byte[] context) =>
        _replica.Machine.Apply(index, new MembershipChange(action, new NodeId(member)), context, _replica.Notes.Add);

    private static byte[] Add(ulong id, bool repairing = false) => JsonSerializer.SerializeToUtf8Bytes(
        new AddRaftMemberRequest { PartitionId = TestReplica.Partition, AddPeer = TestReplica.PeerOf(id), RepairingStatus = repairing }, MasterJson.Default.AddRaftMemberRequest);

    private static byte[] Remove(ulong id) => JsonSerializer.SerializeToUtf8Bytes(
        new RemoveRaftMemberRequest { PartitionId = TestReplica.Partition, RemovePeer = TestReplica.PeerOf(id) }, MasterJson.Default.RemoveRaftMemberRequest);
}
