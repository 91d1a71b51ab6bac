using CubeActors.Runtime.Files;

namespace CubeActors.Actors.Tests;

public sealed class DeviceLoadTests
{
    private readonly DeviceLoad _load = new();

    [Fact]
    public void Busy_is_the_part_of_the_time_between_two_readings_in_which_the_device_had_work()
    {
        Add(busy: 10_000, at: 100);
        Assert.Equal(("/dev/sdb1", 0.0), (_load.Device, _load.Percent));

        Add(busy: 11_500, at: 105);
        Assert.Equal(30.0, _load.Percent, precision: 6);
        Add(busy: 99_000, at: 110);
        Assert.Equal(100.0, _load.Percent); // never more
    }

    [Fact]
    public void A_counter_that_fell_another_device_and_no_reading_are_nothing_to_compare_with()
    {
        Add(busy: 10_000, at: 100);
        Add(busy: 5, at: 105);
        Assert.Equal(0.0, _load.Percent);
        _load.Add(new BlockDeviceUse("/dev/sdc1", TimeSpan.FromSeconds(9)), TimeSpan.FromSeconds(110));
        Assert.Equal(("/dev/sdc1", 0.0), (_load.Device, _load.Percent));
        _load.Add(null, TimeSpan.FromSeconds(115));
        Assert.Equal(("", 0.0), (_load.Device, _load.Percent));
    }

    private void Add(double busy, double at) => _load.Add(new BlockDeviceUse("/dev/sdb1", TimeSpan.FromMilliseconds(busy)), TimeSpan.FromSeconds(at));
}
