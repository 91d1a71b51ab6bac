using System.Net;

namespace CubeActors.Actors.Tests;

/// <summary>P1: the ports answer first, nothing slow stands before them, and Ready comes although a part is broken.</summary>
public sealed class NodeStartTests : NodeScenario
{
    [Fact]
    public void Both_ports_are_bound_before_any_disk_is_touched_or_any_master_is_asked()
    {
        AddDisk().WithPartitions(1);
        using var master = StartMaster();
        var before = Journal.Entries.Count; // making the partition touched the disk

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        var happened = Journal.Entries.Skip(before).ToList();
        Assert.Equal(["listen 127.0.0.11:17310", "listen 127.0.0.11:17810"], happened.Take(2));
        Assert.Contains("disk /disk0", happened);
        Assert.Contains("dial 127.0.0.1:17010", happened);
    }
}
