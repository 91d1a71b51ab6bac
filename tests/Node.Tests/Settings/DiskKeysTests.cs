using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>The keys of datanode.json about disks and their limits.</summary>
public sealed class DiskKeysTests
{
    private const long GiB = 1L << 30;

    private const string Mounts =
        """
        sysfs /sys sysfs rw,nosuid 0 0
        /dev/sda1 / ext4 rw,relatime 0 0
        /dev/sdb1 /data/disk1 ext4 rw,noatime 0 0
        /dev/sdc1 /data/disk2 xfs rw 0 0
        /dev/sdd1 /data/disk\0403 ext4 ro 0 0
        /dev/sde1 /backup/disk1 ext4 rw 0 0
        /dev/sdf1 /data/disk1 ext4 rw 0 0
        broken
        """;

    [Fact]
    public void DiskPath_takes_every_mount_point_that_begins_with_its_prefix()
    {
        var settings = SampleConfig.ReadMounted(Mounts, ("diskPath", "\"/data/disk:10737418240\""), ("disks", null));
        Assert.Equal(["/data/disk2", "/data/disk 3", "/data/disk1"], settings.DataNode.Disks.Select(disk => disk.Path));
        Assert.All(settings.DataNode.Disks, disk => Assert.Equal(10 * GiB, disk.ReservedBytes));
        Assert.Empty(settings.Notes);
    }

    [Fact]
    public void DiskPath_replaces_disks_and_says_so()
    {
        var settings = SampleConfig.ReadMounted(Mounts, ("diskPath", "\"/backup:0\""));
        Assert.Equal("/backup/disk1", Assert.Single(settings.DataNode.Disks).Path);
        Assert.Contains("disks is not read, because diskPath is there", Assert.Single(settings.Notes).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void DiskPath_without_a_mount_point_ends_the_start() => Assert.Contains(
        "nothing is mounted below /srv", Assert.Throws<SettingsException>(() => SampleConfig.ReadMounted(Mounts, ("diskPath", "\"/srv:0\""))).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unreadable_table_of_mounts_ends_the_start_with_the_way_out() => Assert.Contains(
        "list the disks under disks",
        Assert.Throws<SettingsException>(() => NodeSettingsReader.Read(
            DataNodeFile.Parse("f", SampleConfig.With(("diskPath", "\"/data:0\""))), null, () => throw new IOException("no /proc"))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_mount_that_carries_a_path_is_the_longest_above_it()
    {
        var mounts = MountTable.Parse(Mounts);
        Assert.Equal("/dev/sdf1", MountTable.Carrying(mounts, "/data/disk1/datapartition_1_1")?.Device);
        Assert.Equal("/dev/sda1", MountTable.Carrying(mounts, "/data/disk10")?.Device);
        Assert.True(MountTable.Carrying(mounts, "/data/disk 3")?.IsReadOnly);
        Assert.Null(MountTable.Carrying([], "/data"));
    }

    [Theory]
    [InlineData(null, 10)] // the disk's own reserve
    [InlineData("1073741824", 10)] // raised to it
    [InlineData("21474836480", 20)]
    public void A_disk_is_read_only_below_the_greatest_of_diskRdonlySpace_its_reserve_and_the_floor(string? value, int gibibytes)
    {
        var disk = Assert.Single(SampleConfig.ReadWith("diskRdonlySpace", value).DataNode.Disks);
        Assert.Equal((10 * GiB, gibibytes * GiB), (disk.ReservedBytes, disk.ReadOnlyBelowBytes));
    }

    [Fact]
    public void Without_QoS_keys_background_concurrency_alone_is_limited()
    {
        var limits = SampleConfig.Read().DataNode.DiskQos;
        Assert.Equal(DiskQosSettings.Default, limits);
        Assert.Equal(new DiskClassLimits(100, 0, 0), limits.AsyncRead);
        Assert.True(limits.IsEnabled && limits.IsAsyncEnabled);
    }

    [Fact]
    public void Each_QoS_key_reaches_its_own_limit()
    {
        var number = 0;
        foreach (var (operation, of) in ((string, Func<DiskQosSettings, DiskClassLimits>)[])
            [("Read", qos => qos.Read), ("Write", qos => qos.Write), ("AsyncRead", qos => qos.AsyncRead), ("AsyncWrite", qos => qos.AsyncWrite), ("Delete", qos => qos.Delete)])
        {
            var settings = SampleConfig.ReadWithAll(
                ($"disk{operation}Iocc", $"{++number}"), ($"disk{operation}Iops", $"\"{++number}\""), ($"disk{operation}Flow", $"{++number}"));
            Assert.Equal(new DiskClassLimits(number - 2, number - 1, number), of(settings.DataNode.DiskQos));
            Assert.Empty(settings.Notes);
        }
    }

    [Theory]
    [InlineData("2147483647", int.MaxValue, false)]
    [InlineData("2147483648", 0, true)] // CubeFS: GetInt gives 0 above int32
    [InlineData("-1", 0, true)]
    [InlineData("1.5", 0, true)]
    [InlineData("0", 0, false)]
    public void A_flow_beyond_32_bits_is_no_limit_and_a_warning(string value, int expected, bool warns)
    {
        var settings = SampleConfig.ReadWith("diskReadFlow", value);
        Assert.Equal(expected, settings.DataNode.DiskQos.Read.BytesPerSecond);
        Assert.Equal(warns, settings.Notes.Count == 1);
    }

    [Theory]
    [InlineData("false", false, false)]
    [InlineData("\"true\"", true, false)]
    [InlineData("\"True\"", false, true)]
    [InlineData("1", false, true)]
    [InlineData("null", false, true)] // present, so that the default does not count
    public void A_switch_that_is_on_by_default_is_off_with_whatever_is_not_true(string value, bool expected, bool warns)
    {
        var settings = SampleConfig.ReadWith("diskQosEnable", value);
        Assert.Equal(expected, settings.DataNode.DiskQos.IsEnabled);
        Assert.Equal(warns, settings.Notes.Count == 1);
    }

    [Theory]
    [InlineData("diskUnavailableErrorCount", "100", 100, false)]
    [InlineData("diskUnavailableErrorCount", "101", 5, true)]
    [InlineData("diskUnavailableErrorCount", "0", 5, false)]
    [InlineData("diskUnavailablePartitionErrorCount", "7", 7, false)]
    [InlineData("diskUnavailablePartitionErrorCount", "-7", 3, true)]
    [InlineData("diskCurrentStopDpLimit", "9", 9, false)]
    public void Counts_of_a_disk_stay_in_their_range(string key, string value, int expected, bool warns)
    {
        var settings = SampleConfig.ReadWith(key, value);
        var storage = settings.DataNode.Storage;
        Assert.Equal(expected, key switch
        {
            "diskUnavailableErrorCount" => storage.DiskErrorsMax,
            "diskCurrentStopDpLimit" => storage.StopsPerDisk,
            _ => storage.BrokenPartitionsMax,
        });
        Assert.Equal(warns, settings.Notes.Count == 1);
    }
}
