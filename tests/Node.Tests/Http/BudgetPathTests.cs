using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>What repair, scrubbing and deletes may take and do take, for operators.</summary>
public sealed class BudgetPathTests : OperatorPathTest
{
    private protected override NodeSurface MakeSurface() => base.MakeSurface() with
    {
        Budgets = () => new BudgetFigures(
            20000, 2,
            [new DiskBudgetFigures("/data/disk1", 0, 3.14159, 1, 2, [new TrafficFigures(TrafficClass.Delete, 1, 2, 3, 4, 5, 6, TimeSpan.FromSeconds(7.1239), TimeSpan.FromSeconds(8), 9)])],
            [new PeerFigures("192.0.2.7", 1, 2, 3, 4, 5, 6)]),
    };

    [Fact]
    public Task Budgets_are_shown_by_disk_class_and_peer() => AssertAsync(
        "/cubeactors/budgets", 200, "",
        """{"repairsMax":20000,"repairing":2,"disks":[{"path":"/data/disk1","step":0,"pressure":3.142,"serving":1,"refusedServes":2,"classes":[{"class":"delete","streamsMax":1,"running":2,"waiting":3,"rate":4,"entered":5,"amount":6,"waitedSeconds":7.124,"pacedSeconds":8,"refused":9}]}],"peers":[{"address":"192.0.2.7","fetching":1,"waiting":2,"serving":3,"bytesFetched":4,"bytesServed":5,"refused":6}]}""");

    [Fact]
    public async Task A_node_that_is_being_made_has_none()
    {
        Surface = null;
        await AssertAsync("/cubeactors/budgets", 200, "", """{"repairsMax":0,"repairing":0,"disks":[],"peers":[]}""");
    }
}
