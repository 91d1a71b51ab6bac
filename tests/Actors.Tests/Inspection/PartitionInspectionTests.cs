using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

/// <summary>What operators see of a real partition.</summary>
public sealed class PartitionInspectionTests : OverwriteTest
{
    private static readonly PartitionId Id = new(Partition), Unknown = new(99);

    private IPartitionInspection Look => Node.Surface.Partitions;

    [Fact]
    public void A_partition_is_found_with_its_directory_and_status()
    {
        var found = Look.Find(Id);
        Assert.Equal((AdminPackets.Volume, $"{Node.DiskPath}/datapartition_21_{AdminPackets.PartitionBytes}"), (found?.Figures.Volume, found?.Directory));
        Assert.True(Directory.Exists(found!.Directory));
        var listed = Assert.Single(Look.List());
        Assert.Equal((found.Figures, found.Status, found.Directory), (listed.Figures, listed.Status, listed.Directory));
        Assert.Equal(2, listed.Status);
        Assert.Null(Look.Find(Unknown));
    }

    [Fact]
    public void The_leader_of_a_group_shows_its_vote_and_its_members()
    {
        var group = Look.Raft(Id)!;
        Assert.Equal((RaftRole.Leader, group.Self, group.Self), (group.Status.Role, group.Status.Leader, group.Status.Vote));
        Assert.Equal(group.Self, Assert.Single(group.Status.Members).Id);
        Assert.Null(Look.Raft(Unknown));
    }

    [Fact]
    public async Task Extents_are_listed_and_found()
    {
        var listed = await Look.ExtentsAsync(Id, CancellationToken.None);
        Assert.True(listed.IsGood);
        Assert.Equal((65, 0), (listed.Value.Extents.Count, (int)listed.Value.TinyDeleteLogBytes));
        var found = await Look.ExtentAsync(Id, new ExtentId(Extent), CancellationToken.None);
        Assert.Equal((true, 131077L), (found.IsGood, found.Value!.Value.Size));
        Assert.Null((await Look.ExtentAsync(Id, new ExtentId(Extent + 1), CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Blocks_have_the_CRCs_that_are_stored()
    {
        var blocks = await Look.BlockCrcsAsync(Id, new ExtentId(Extent), CancellationToken.None);
        Assert.Equal(Runtime.Crc32.Compute([.. Enumerable.Repeat((byte)'a', (int)BlockBytes)]), blocks.Value![0]);
        Assert.Equal(2, blocks.Value.Count);
        Assert.Empty((await Look.BlockCrcsAsync(Id, new ExtentId(1), CancellationToken.None)).Value!); // a tiny extent has none
        Assert.Null((await Look.BlockCrcsAsync(Id, new ExtentId(Extent + 1), CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Deletes_are_listed()
    {
        var tiny = (await Peer.AskAsync(Requests.TinyAppend(Partition, 4, new byte[5000]))).Header;
        var json = $"[{Requests.Element(tiny.Extent.Value, (ulong)tiny.ExtentOffset, 5000)},{Requests.Element(Extent, 0, 0)}]";
        ExpectOk(await Peer.AskAsync(Requests.BatchDelete(Partition, 5, json)));
        Assert.Equal([new DeleteRecord(tiny.Extent.Value, (ulong)tiny.ExtentOffset, 5000)], (await Look.TinyDeletesAsync(Id, CancellationToken.None)).Value);
        Assert.Equal([new DeleteRecord(Extent, 0, 0)], (await Look.NormalDeletesAsync(Id, CancellationToken.None)).Value);
    }

    [Fact]
    public async Task A_partition_that_is_not_here_is_unknown_to_every_question()
    {
        Assert.False((await Look.ExtentsAsync(Unknown, CancellationToken.None)).IsKnown);
        Assert.False((await Look.ExtentAsync(Unknown, new ExtentId(1), CancellationToken.None)).IsKnown);
        Assert.False((await Look.BlockCrcsAsync(Unknown, new ExtentId(1), CancellationToken.None)).IsKnown);
        Assert.False((await Look.TinyDeletesAsync(Unknown, CancellationToken.None)).IsKnown);
        Assert.False((await Look.NormalDeletesAsync(Unknown, CancellationToken.None)).IsKnown);
    }

    [Fact]
    public async Task Nobody_stays_inside_a_partition_that_was_looked_into()
    {
        await Look.ExtentsAsync(Id, CancellationToken.None);
        using var master = await Node.ConnectAsync();
        ExpectOk(await master.AskAsync(AdminPackets.Delete(Node, Partition))); // waits until nobody is inside
        Assert.False((await Look.ExtentsAsync(Id, CancellationToken.None)).IsKnown);
        Assert.Null(Look.Find(Id));
    }

    [Fact]
    public void Figures_and_report_are_those_of_the_node()
    {
        var figures = Node.Surface.Figures();
        Assert.Equal((1, 1, 0L), (figures.ConnectionsOpen, figures.Raft.GroupsByRole[RaftRole.Leader], figures.ReplyMismatches));
        Assert.Equal(Node.DiskPath, Assert.Single(figures.DiskQueues).Path);
        Assert.Equal(Id, Assert.Single(Node.Surface.Report().PartitionReports).PartitionId);
    }
}
