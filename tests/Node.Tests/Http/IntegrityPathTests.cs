using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node.Tests;

/// <summary>/cubeactors/integrity: what was found of damaged blocks, and how far the scrubbers are.</summary>
public sealed class IntegrityPathTests : OperatorPathTest
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task Counts_scrubbers_partitions_and_findings_are_shown()
    {
        Surface = Surface! with
        {
            Integrity = () => new IntegrityView(
                new IntegrityCounts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), 14, [new ScrubFigures("/data/disk1", true, 7, 1, 2, 4096, At, null) { Note = "n" }],
                [new IntegrityFinding(At, IntegrityFindingKind.Healed, "/data/disk1", new PartitionId(7), new ExtentId(1025), 3, ["127.0.0.12:17310"], "what was done")])
            {
                Partitions = new Dictionary<PartitionId, DateTimeOffset> { [new PartitionId(7)] = At },
            },
        };

        await AssertAsync(
            "/cubeactors/integrity", 200, "",
            """{"counts":{"blocksScrubbed":1,"bytesScrubbed":2,"peerBytes":3,"mismatches":4,"compared":5,"corrected":6,"healed":7,"reported":8,"peersDiffer":9,"filled":10,"extentsAgreed":11,"extentsDiffered":12,"dropped":13},"waiting":14,"disks":[{"disk":"/data/disk1","isOn":true,"partition":7,"partitionsDone":1,"partitionsLeft":2,"bytesPerSecond":4096,"passStarted":"2026-01-02T03:04:05+00:00","lastFullPass":null,"note":"n"}],"partitions":[{"partition":7,"at":"2026-01-02T03:04:05+00:00"}],"findings":[{"at":"2026-01-02T03:04:05+00:00","kind":"Healed","disk":"/data/disk1","partition":7,"extent":1025,"block":3,"peers":["127.0.0.12:17310"],"text":"what was done"}]}""");
    }

    [Fact]
    public async Task Before_the_node_exists_there_is_nothing_to_tell()
    {
        Surface = null;
        Assert.Equal(200, (await GetAsync("/cubeactors/integrity")).Code);
    }
}
