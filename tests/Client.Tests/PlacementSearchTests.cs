using CubeActors.Protocol;

namespace CubeActors.Client.Tests;

/// <summary>When the search for a partition for new data pauses and when it ends.</summary>
public sealed class PlacementSearchTests
{
    private static readonly PartitionId First = new(21), Second = new(22);

    [Fact]
    public void A_partition_that_was_not_tried_yet_is_tried_at_once()
    {
        var search = new PlacementSearch(new ClientSettings());
        Assert.Null(search.PauseBefore(First));
        Assert.Null(search.PauseBefore(Second));
        Assert.Equal(2, search.Attempts);
    }

    [Fact]
    public void Pauses_double_up_to_their_bound_whatever_they_wait_for()
    {
        var search = new PlacementSearch(new ClientSettings());
        search.PauseBefore(First);
        Assert.Equal(
            [100, 200, 400, 800, 1000, 1000],
            ((TimeSpan?[])[search.PauseBefore(First), search.NextPause(), search.PauseBefore(First), search.NextPause(), search.PauseBefore(First), search.NextPause()])
                .Select(pause => (int)pause!.Value.TotalMilliseconds));
    }

    [Fact]
    public void Refusals_end_it_when_neither_attempts_nor_time_are_left()
    {
        var search = new PlacementSearch(new ClientSettings { CreateAttemptsMax = 2, PlacementPatience = TimeSpan.FromSeconds(1) });
        search.PauseBefore(First);
        Assert.False(search.EndsAfterRefusal(TimeSpan.FromSeconds(9))); // time is over, an attempt is left
        search.PauseBefore(First);
        Assert.False(search.EndsAfterRefusal(TimeSpan.FromMilliseconds(999)));
        Assert.True(search.EndsAfterRefusal(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Without_a_partition_only_time_counts()
    {
        var search = new PlacementSearch(new ClientSettings { PlacementPatience = TimeSpan.FromSeconds(1) });
        Assert.False(search.EndsWithoutPlace(TimeSpan.FromMilliseconds(999)));
        Assert.True(search.EndsWithoutPlace(TimeSpan.FromSeconds(1)));
    }
}
