using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>META of a replica and what membership makes of it. Source: raft.md 4.4.</summary>
public sealed class ReplicaRecordTests
{
    private readonly TestReplica _replica = new();

    [Fact]
    public void A_change_is_on_the_disk_before_it_is_seen()
    {
        var record = _replica.Record;
        _replica.Files.Fault = call =>
        {
            Assert.False(record.Meta.IsRepairing); // whatever is still to be written, nobody sees it yet
            return null;
        };

        var meta = record.Change(now => now with { IsRepairing = true });

        _replica.Files.Fault = null;
        Assert.Same(meta, record.Meta);
        Assert.True(_replica.MetaOnDisk.IsRepairing);
        _replica.Files.PowerCut();
        Assert.True(_replica.MetaOnDisk.IsRepairing);
    }

    [Fact]
    public void A_change_that_makes_no_difference_writes_nothing()
    {
        var (changes, meta) = (_replica.Files.Changes, _replica.Record.Meta);

        Assert.Equal(meta, _replica.Record.Change(now => now with { IsRepairing = false }));

        Assert.Same(meta, _replica.Record.Meta);
        Assert.Equal(changes, _replica.Files.Changes);
    }

    [Fact]
    public void A_change_that_could_not_be_written_has_not_happened()
    {
        _replica.Files.Fault = call => call.Operation == DiskOperation.Rename ? DiskFault.MediaError : null;

        Assert.Throws<DiskFaultException>(() => _replica.Record.Change(meta => meta with { IsRepairing = true }));

        Assert.False(_replica.Record.Meta.IsRepairing);
    }

    [Fact]
    public void A_member_that_is_known_by_its_id_is_added_once()
    {
        var moved = TestReplica.PeerOf(2) with { Address = "127.0.0.9:17310" };

        var meta = ReplicaRecord.WithMember(_replica.Record.Meta, moved, repairing: false);

        Assert.Equal(_replica.Record.Meta.Peers, meta.Peers);
        Assert.Equal(_replica.Record.Meta.Hosts, meta.Hosts);
    }

    [Fact]
    public void A_host_that_is_known_by_its_address_is_listed_once()
    {
        var anew = TestReplica.PeerOf(2) with { Id = new NodeId(9) };

        var meta = ReplicaRecord.WithMember(_replica.Record.Meta, anew, repairing: true);

        Assert.Equal([1ul, 2, 9], meta.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(_replica.Record.Meta.Hosts, meta.Hosts);
        Assert.True(meta.IsRepairing);
    }

    [Fact]
    public void The_order_of_those_that_stay_is_kept()
    {
        var three = ReplicaRecord.WithMember(_replica.Record.Meta, TestReplica.PeerOf(3), repairing: false);

        var left = ReplicaRecord.WithoutMember(three, TestReplica.PeerOf(1), repairing: false);

        Assert.Equal([2ul, 3], left.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(["127.0.0.2:17310", "127.0.0.3:17310"], left.Hosts);
    }

    [Fact]
    public void A_removal_by_another_id_takes_the_host_and_leaves_the_peer()
    {
        var other = TestReplica.PeerOf(1) with { Id = new NodeId(77) };

        var meta = ReplicaRecord.WithoutMember(_replica.Record.Meta, other, repairing: false);

        Assert.Equal([1ul, 2], meta.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(["127.0.0.2:17310"], meta.Hosts);
    }

    [Fact]
    public void A_snapshot_says_who_the_members_are_and_nothing_of_their_addresses()
    {
        var three = ReplicaRecord.WithMember(_replica.Record.Meta, TestReplica.PeerOf(3), repairing: false);

        var meta = ReplicaRecord.WithMembers(three, [new NodeId(2), new NodeId(3), new NodeId(4), new NodeId(4)]);

        Assert.Equal([2ul, 3, 4], meta.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(["127.0.0.2:17310", "127.0.0.3:17310"], meta.Hosts);
        Assert.True(ReplicaRecord.LacksAddresses(meta));
        Assert.False(ReplicaRecord.LacksAddresses(three));
        Assert.Same(three, ReplicaRecord.WithMembers(three, [new NodeId(1), new NodeId(2), new NodeId(3)]));
    }

    [Fact]
    public void A_member_without_an_address_gets_it_from_a_later_entry_or_from_the_masters_list()
    {
        var meta = ReplicaRecord.WithMembers(_replica.Record.Meta, [new NodeId(1), new NodeId(2), new NodeId(4)]);

        var told = ReplicaRecord.WithMember(meta, TestReplica.PeerOf(4), repairing: false);
        var listed = ReplicaRecord.WithAddresses(meta, new Dictionary<string, NodeId> { ["127.0.0.9:17310"] = new(9), ["127.0.0.4:17310"] = new(4) });

        foreach (var complete in new[] { told, listed })
        {
            Assert.Equal(["127.0.0.1:17310", "127.0.0.2:17310", "127.0.0.4:17310"], complete.Peers.Select(peer => peer.Address));
            Assert.Equal(complete.Peers.Select(peer => peer.Address), complete.Hosts);
            Assert.False(ReplicaRecord.LacksAddresses(complete));
        }
    }

    [Fact]
    public void Whose_address_is_another_node_by_now_has_expired_and_nobody_expels_himself()
    {
        var meta = ReplicaRecord.WithMember(_replica.Record.Meta, TestReplica.PeerOf(3), repairing: true);
        var twice = meta with { Peers = [.. meta.Peers, TestReplica.PeerOf(3) with { Id = new NodeId(33) }] };
        var nodes = new Dictionary<string, NodeId> { ["127.0.0.1:17310"] = new(11), ["127.0.0.2:17310"] = new(0), ["127.0.0.3:17310"] = new(33) };

        Assert.Equal([3ul], ReplicaRecord.Expired(twice, "127.0.0.1:17310", nodes).Select(id => id.Value));
        var left = ReplicaRecord.WithoutExpired(twice, "127.0.0.1:17310", nodes);
        Assert.Equal([1ul, 2, 33], left.Peers.Select(peer => peer.Id.Value));
        Assert.Equal(meta.Hosts, left.Hosts); // the address has another peer now
        Assert.True(left.IsRepairing);
        Assert.Equal(["127.0.0.1:17310", "127.0.0.2:17310"], ReplicaRecord.WithoutExpired(meta, "127.0.0.1:17310", nodes).Hosts);
        Assert.Same(meta, ReplicaRecord.WithoutExpired(meta, "", new Dictionary<string, NodeId>()));
    }
}
