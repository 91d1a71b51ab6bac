namespace CubeActors.Actors.Tests;

public sealed class DiskHealthTests
{
    private readonly DiskHealth _health = new(errorsMax: 5, partitionsMax: 3);

    [Fact]
    public void A_partition_counts_once_however_often_it_fails()
    {
        Assert.True(_health.Count(TestDisk.Id(7)));
        for (var i = 0; i < 10; i++) Assert.False(_health.Count(TestDisk.Id(7)));

        Assert.Equal([7UL], _health.Failed);
        Assert.Null(_health.GivenUp);
    }

    [Fact]
    public void Three_that_failed_give_the_disk_up_and_the_error_of_none_is_one_of_them()
    {
        _health.Count(DiskHealth.NoPartition);
        _health.Count(TestDisk.Id(9));
        Assert.Null(_health.GivenUp);

        _health.Count(TestDisk.Id(7));

        Assert.Equal([0UL, 7UL, 9UL], _health.Failed);
        Assert.Equal("3 partitions met I/O errors", _health.GivenUp);
    }

    [Fact]
    public void Five_errors_give_the_disk_up_where_one_counts_as_reading_and_writing()
    {
        var health = new DiskHealth(errorsMax: 5, partitionsMax: 100);
        health.Count(TestDisk.Id(1), errors: 2);
        health.Count(TestDisk.Id(2), errors: 2);
        Assert.Null(health.GivenUp);

        health.Count(TestDisk.Id(3));

        Assert.Equal("5 I/O errors", health.GivenUp);
    }

    [Fact]
    public void A_disk_comes_back_only_when_nothing_on_it_has_an_error_and_then_begins_anew()
    {
        Assert.True(_health.GiveUp("by order"));
        Assert.False(_health.GiveUp("again"));
        _health.Count(TestDisk.Id(7));
        Assert.False(_health.Restore());
        Assert.Equal("by order", _health.GivenUp);

        _health.Clear(TestDisk.Id(7));
        Assert.True(_health.Restore());

        Assert.Null(_health.GivenUp);
        for (ulong id = 1; id < 3; id++) _health.Count(TestDisk.Id(id));
        Assert.Null(_health.GivenUp); // the five begin anew
    }
}
