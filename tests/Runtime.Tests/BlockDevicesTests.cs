using CubeActors.Runtime.Files;

namespace CubeActors.Runtime.Tests;

public sealed class BlockDevicesTests
{
    private const string Text = """
           7       0 loop0 0 0 0 0 0 0 0 0 0 0 0
           8      16 sdb 100 0 800 50 200 0 1600 90 0 140 140 0 0 0 0 0 0
           8      17 sdb1 90 0 720 45 180 0 1440 80 0 12345 125 0 0 0 0 0 0
           8      18 sdb2 90
        """;

    [Fact]
    public void A_device_is_found_by_its_number_with_the_milliseconds_it_had_work() =>
        Assert.Equal(new BlockDeviceUse("/dev/sdb1", TimeSpan.FromMilliseconds(12345)), LinuxBlockDevices.Find(Text, 8, 17));

    [Theory]
    [InlineData(8, 18)] // a line that is cut off
    [InlineData(9, 17)]
    [InlineData(0, 45)] // an overlay, a tmpfs
    public void A_device_that_is_none_of_blocks_or_has_no_figures_is_not_known(uint major, uint minor) => Assert.Null(LinuxBlockDevices.Find(Text, major, minor));

    [Fact]
    public void What_the_kernel_of_this_machine_says_is_readable() => Assert.Null(LinuxBlockDevices.Instance.Read(ulong.MaxValue)); // no such device, no failure
}
