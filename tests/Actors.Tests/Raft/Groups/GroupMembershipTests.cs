using System.Text.Json;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>A committed change of the members: the group first, then META, and both before anything behind it.</summary>
public sealed class GroupMembershipTests : GroupScenario
{
    [Fact]
    public void A_new_member_counts_in_the_group_and_stands_in_META_and_the_partition_is_told()
    {
        StartGroup(Self, Two);
        ExpectMsg<RaftGroup.CaughtUp>();
        var context = JsonSerializer.SerializeToUtf8Bytes(
            new AddRaftMemberRequest { PartitionId = TestReplica.Partition, AddPeer = TestReplica.PeerOf(3) }, MasterJson.Default.AddRaftMemberRequest);

        DeliverChange(MembershipAction.Add, 3, context, Command(7));

        ExpectMsg<RaftGroup.MetaChanged>(changed => Assert.Equal([1ul, 2, 3], changed.Meta.Peers.Select(peer => peer.Id.Value)));
        Assert.Equal([Self, Two, Three], Status.Members.Select(member => member.Id));
        Assert.Equal((2ul, (byte)7), (Status.Applied, Byte(7)));
        Assert.Equal(1ul, Replica.AppliedOnDisk);
    }

    [Fact]
    public void A_removed_replica_stands_for_election_no_more()
    {
        StartGroup(Self, Two);
        var context = JsonSerializer.SerializeToUtf8Bytes(
            new RemoveRaftMemberRequest { PartitionId = TestReplica.Partition, RemovePeer = TestReplica.PeerOf(1) }, MasterJson.Default.RemoveRaftMemberRequest);

        DeliverChange(MembershipAction.Remove, 1, context, Command(7));
        Transport.Forget();
        Tick(40);

        Assert.Equal([Two], Status.Members.Select(member => member.Id));
        Assert.Empty(Transport.Of(RaftMessageType.PreVote));
        Assert.Equal([2ul], Replica.MetaOnDisk.Peers.Select(peer => peer.Id.Value));
    }

    private void DeliverChange(MembershipAction action, ulong member, byte[] context, byte[] behind)
    {
        var data = new byte[MembershipChange.Bytes + context.Length];
        new MembershipChange(action, new NodeId(member)).Write(data);
        context.CopyTo(data, MembershipChange.Bytes);
        var bytes = 2 * RaftEntryHeader.SizedBytes + data.Length + behind.Length;
        Assert.True(Buffers.TryRent(RaftFrame.MessageBytes + bytes, out var buffer));
        var message = new RaftMessage { Type = RaftMessageType.Append, Group = TestReplica.Partition, From = Two, To = Self, Term = 1, Commit = 2 };
        var at = BufferLease.HeadroomBytes;
        at += RaftFrame.WriteAppend(buffer.Array.AsSpan(at), message, 2, bytes);
        foreach (var (type, index, body) in ((RaftEntryType, ulong, byte[])[])[(RaftEntryType.Membership, 1, data), (RaftEntryType.Normal, 2, behind)])
        {
            at += new RaftEntryHeader(type, 1, index, body.Length).WriteSized(buffer.Array.AsSpan(at));
            body.CopyTo(buffer.Array, at);
            at += body.Length;
        }

        RaftFrame.TryRead(buffer.Array.AsSpan(BufferLease.HeadroomBytes, at - BufferLease.HeadroomBytes), 2 << 20, BufferLease.HeadroomBytes, out var frame);
        Port.DeliverAppend(frame.Message, frame.Entries, buffer);
        buffer.Release();
        RunUntilIdle();
    }
}
