namespace CubeActors.Actors.Tests;

/// <summary>The gate of a partition as its actor publishes it: replaced as a whole, with one count of those inside for all of them.</summary>
public sealed class PartitionGateTests : NodeScenario
{
    [Fact]
    public void Those_who_entered_by_an_older_gate_hold_up_the_close_as_well()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var older = GateOf(1);
        Assert.True(older.TryEnter());
        disk.Files.CapacityBytes = 0;
        Advance(TimeSpan.FromSeconds(5));
        var newer = GateOf(1);
        Assert.NotSame(older, newer);
        Assert.Equal((true, false), (older.Flags.HasSpace, newer.Flags.HasSpace));

        Assert.Empty(Delete(1).Answers);
        Assert.False(newer.TryEnter());
        Assert.Equal(PartitionState.Closing, StateOf(1));
        older.Exit();
        Until(() => StateOf(1) is null, "the partition is deleted");
    }

    [Fact]
    public void A_gate_is_replaced_only_when_something_it_says_has_changed()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var gate = GateOf(1);

        Advance(TimeSpan.FromMinutes(5)); // figures are refreshed many times

        Assert.Same(gate, GateOf(1));
    }
}
