using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>What a running node shows of itself.</summary>
public sealed class NodeInspectionTests : NodeTest
{
    private const ulong Partition = 7;

    private NodeInspection Look => Node.Surface.Inspection!;

    // Every request is slow.
    private protected override NodeOptions Options
    {
        get
        {
            var options = new NodeOptions();
            return options with { DataPath = options.DataPath with { SlowRequest = TimeSpan.FromTicks(1) } };
        }
    }

    private protected override Task PrepareAsync() => Node.CreatePartitionAsync(Partition);

    [Fact]
    public async Task Every_actor_of_a_node_describes_itself()
    {
        var tree = (await Look.Actors.LookAsync("", 16, CancellationToken.None))!;
        var all = All(tree).ToList();
        Assert.Empty(all.Where(actor => !actor.HasAnswered || actor.State == "cannot describe itself").Select(actor => $"{actor.Path}: {actor.State} {string.Join(", ", actor.Details)}"));
        Assert.Contains("node/listener", all.Select(actor => actor.Path));
        Assert.Contains("raft group", all.Select(actor => actor.Kind));
        var partition = (await Look.Actors.LookAsync("node/disk-0/partition-7", 0, CancellationToken.None))!;
        Assert.Equal(("partition", "Serving"), (partition.Kind, partition.State));
        Assert.Contains(new ActorDetail("gate", "open"), partition.Details);
    }

    [Fact]
    public void Gates_say_what_they_keep_out()
    {
        Assert.Equal(new GateView("open", 0), Look.Gate(new PartitionId(Partition)));
        Assert.Equal("none", Look.Gate(new PartitionId(999)).Gate);
        Node.SetFlags(Partition, flags => flags with { HasSpace = false, Repairing = true });
        Assert.Equal("no space, a replica is being rebuilt", Look.Gate(new PartitionId(Partition)).Gate);
    }

    [Fact]
    public async Task Requests_above_the_threshold_are_remembered_with_what_they_asked_for()
    {
        var peer = await ConnectAsync();
        await peer.SendAsync(Requests.Create(Partition, request: 1));
        Assert.Equal(ResultCode.Ok, (await peer.ReceiveAsync()).Header.Result);
        var slow = Look.Slow.Read().Single(request => request.Name == "OpCreateExtent");
        Assert.Equal((1, new PartitionId(Partition), ResultCode.Ok, 0), (slow.RequestId, slow.Partition, slow.Result, slow.Followers));
        Assert.True(slow.Took > TimeSpan.Zero);
        Assert.Equal(Look.Slow.Read().Count, Look.Slow.Count); // the creation of the partition is another one
    }

    [Fact]
    public void Work_of_a_disk_is_told_by_class()
    {
        var disk = Look.DiskWork().Single();
        Assert.Equal(Node.DiskPath, disk.Path);
        Assert.Equal([IoClass.Client, IoClass.Load, IoClass.Repair], disk.Classes.Select(one => one.Class));
        Assert.True(disk.Classes.Sum(one => one.Done) > 0);
    }

    [Fact]
    public async Task A_group_without_other_members_is_given_to_nobody()
    {
        var answer = await Look.Leadership.TransferAsync(new PartitionId(999), null, CancellationToken.None);
        Assert.True(answer.IsUnknown);
        Assert.Null(answer.To);
    }

    private static IEnumerable<ActorView> All(ActorView view) => view.Children.SelectMany(All).Prepend(view);
}
