using System.Text;
using CubeActors.Protocol.Master;

namespace CubeActors.Protocol.Tests;

public sealed class MembershipChangeTests
{
    private const string AddJson =
        """{"AddPeer":{"addr":"10.0.0.4:17310","id":4,"raftHeartbeat":"17330","raftReplica":"17340"},"PartitionId":101,"RepairingStatus":true}""";

    private static readonly byte[] AddBytes = Hex.Bytes("00 00 0000 0000000000000004");

    [Fact]
    public void An_added_member_is_read_and_written_byte_for_byte()
    {
        byte[] data = [.. AddBytes, .. Encoding.UTF8.GetBytes(AddJson)];
        Assert.Equal(12 + 131, data.Length);
        Assert.Equal(DecodeStatus.Complete, MembershipChange.TryRead(data, out var change, out var context));
        Assert.Equal(new MembershipChange(MembershipAction.Add, new NodeId(4)), change);
        Assert.Equal(AddJson, Encoding.UTF8.GetString(context));
        var written = new byte[MembershipChange.Bytes];
        Assert.Equal(MembershipChange.Bytes, change.Write(written));
        Assert.Equal(AddBytes, written);
    }

    [Theory]
    [InlineData(AddJson)]
    [InlineData("""{"RepairingStatus":true,"PartitionId":101,"AddPeer":{"raftReplica":"17340","raftHeartbeat":"17330","id":4,"addr":"10.0.0.4:17310"}}""")]
    public void The_context_of_an_added_member_is_read_in_any_order(string json)
    {
        byte[] data = [.. AddBytes, .. Encoding.UTF8.GetBytes(json)];
        MembershipChange.TryRead(data, out _, out var context);
        Assert.True(GoJson.TryRead(context, MasterJson.Default.AddRaftMemberRequest, out var request));
        var peer = new Peer { Id = new NodeId(4), Address = "10.0.0.4:17310", HeartbeatPort = "17330", ReplicaPort = "17340" };
        Assert.Equal(new AddRaftMemberRequest { PartitionId = new PartitionId(101), AddPeer = peer, RepairingStatus = true }, request);
    }

    [Fact]
    public void An_empty_context_is_complete_and_an_arbiter_is_a_member()
    {
        Assert.Equal(DecodeStatus.Complete, MembershipChange.TryRead(Hex.Bytes("01 01 0102 0000000000000009"), out var change, out var context));
        Assert.Equal(new MembershipChange(MembershipAction.Remove, new NodeId(9)), change);
        Assert.True(context.IsEmpty);
    }

    [Fact]
    public void A_change_cut_at_any_byte_asks_for_more()
    {
        for (var cut = 0; cut < AddBytes.Length; cut++)
            Assert.Equal(DecodeStatus.NeedMore, MembershipChange.TryRead(AddBytes.AsSpan(0, cut), out _, out _));
    }

    [Fact]
    public void An_unknown_action_is_malformed_at_its_first_byte() => Assert.Equal(DecodeStatus.Malformed, MembershipChange.TryRead([3], out _, out _));

    [Fact]
    public void An_entry_header_is_read_and_written_byte_for_byte_and_cut_at_every_byte()
    {
        var bytes = Hex.Bytes("01 0000000000000008 000000000000002c");
        var header = new RaftEntryHeader(RaftEntryType.Membership, 8, 44, 0);
        Assert.Equal(DecodeStatus.Complete, RaftEntryHeader.TryRead(bytes, out var read));
        Assert.Equal(header, read);
        var written = new byte[RaftEntryHeader.Bytes];
        Assert.Equal(RaftEntryHeader.Bytes, header.Write(written));
        Assert.Equal(bytes, written);
        for (var cut = 0; cut < bytes.Length; cut++) Assert.Equal(DecodeStatus.NeedMore, RaftEntryHeader.TryRead(bytes.AsSpan(0, cut), out _));
        Assert.Equal(DecodeStatus.Malformed, RaftEntryHeader.TryRead([2], out _));
        Assert.Equal(3, RaftEntryHeader.TryRead([.. bytes, 1, 2, 3], out read) == DecodeStatus.Complete ? read.DataBytes : -1);
    }
}
