using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Ids of operations: of version 7, in the order of time, and the same for the same seed.</summary>
public sealed class OperationIdTests
{
    [Fact]
    public void An_id_is_a_UUID_of_version_7_that_sorts_behind_those_of_earlier_milliseconds()
    {
        var time = new ManualTime();
        var random = new Random(1);
        var last = OperationIds.Next(time, random).ToString();
        for (var i = 0; i < 100; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            var next = OperationIds.Next(time, random);
            Assert.Equal((7, 8), (next.Version, next.Variant & 0xC));
            Assert.True(string.CompareOrdinal(last, next.ToString()) < 0);
            last = next.ToString();
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_ids()
    {
        var time = new ManualTime();
        Assert.Equal(OperationIds.Next(time, new Random(7)), OperationIds.Next(time, new Random(7)));
        Assert.NotEqual(OperationIds.Next(time, new Random(7)), OperationIds.Next(time, new Random(8)));
    }
}
