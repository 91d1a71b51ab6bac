using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane.Tests;

public sealed class VolumeRulesTests
{
    [Theory]
    [InlineData("abc")]
    [InlineData("a.b_c-1")]
    public void A_plain_name_is_fine(string name) => Assert.Null(VolumeRules.Check(Build.Volume(name)));

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("-abc")]
    [InlineData("abc-")]
    [InlineData("a/b")]
    [InlineData("abc\n")]
    public void Another_name_is_refused(string name) => AssertRefused("name:", Build.Volume(name));

    [Fact]
    public void A_name_has_at_most_63_characters()
    {
        Assert.Null(VolumeRules.Check(Build.Volume(new string('v', 63))));
        AssertRefused("name:", Build.Volume(new string('v', 64)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Replicas_are_one_to_three(int replicas) => AssertRefused("replicaNum:", Build.Volume(replicas: replicas));

    [Theory]
    [InlineData(0)]
    [InlineData(VolumeRules.PartitionsMax + 1)]
    public void Partitions_are_bounded(int partitions) => AssertRefused("dpCount:", Build.Volume(partitions: partitions));

    [Theory]
    [InlineData(VolumeRules.PartitionBytesMin - 1)]
    [InlineData(VolumeRules.PartitionBytesMax + 1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void The_size_of_a_partition_is_bounded(long bytes) => AssertRefused("size:", Build.Volume() with { PartitionBytes = bytes });

    [Fact]
    public void Capacity_and_owner_are_needed()
    {
        AssertRefused("capacity:", Build.Volume() with { CapacityGb = 0 });
        AssertRefused("owner:", Build.Volume() with { Owner = "" });
    }

    private static void AssertRefused(string start, CreateVolume volume)
    {
        var refused = VolumeRules.Check(volume);
        Assert.Equal(MasterReply.ParameterError, refused!.Code);
        Assert.StartsWith(start, refused.Message, StringComparison.Ordinal);
    }
}
