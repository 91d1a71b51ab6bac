using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

public sealed class HeartbeatOrdersTests
{
    [Fact]
    public void An_empty_heartbeat_clears_every_list_also_the_last_forbidden_volume()
    {
        var policies = HeartbeatOrders.Volumes(new DataNodeHeartbeatRequest());

        Assert.Empty(policies.Forbidden);
        Assert.Empty(policies.WithoutVersion0);
        Assert.Empty(policies.IgnoreTinyRecovering);
        Assert.Empty(policies.DirectRead);
        Assert.Equal(128 * 1024, policies.RepairBlockBytes("vol"));
    }

    [Fact]
    public void Names_that_are_none_are_left_out()
    {
        Assert.True(GoJson.TryRead(
            """{"ForbiddenVols":[null,"","a"],"DirectReadVols":["b"],"DecommissionDisks":[null,"/disk0"]}"""u8, MasterJson.Default.DataNodeHeartbeatRequest, out var request));

        Assert.Equal(["a"], HeartbeatOrders.Volumes(request).Forbidden);
        Assert.Equal(["b"], HeartbeatOrders.Volumes(request).DirectRead);
        Assert.Equal(["/disk0"], HeartbeatOrders.Disks(request, DiskPolicies.None).Decommissioned);
    }

    [Theory]
    [InlineData(0UL, 131072)]
    [InlineData(1UL, 1)]
    [InlineData(5UL * 1024 * 1024, 5 * 1024 * 1024)]
    [InlineData((5UL * 1024 * 1024) + 1, 131072)] // more than a packet may carry
    [InlineData(ulong.MaxValue, 131072)]
    public void The_block_size_of_a_repair_is_taken_over_within_what_a_packet_may_carry(ulong asked, int expected)
    {
        var policies = HeartbeatOrders.Volumes(new DataNodeHeartbeatRequest { VolDpRepairBlockSize = new Dictionary<string, ulong> { ["vol"] = asked } });

        Assert.Equal(expected, policies.RepairBlockBytes("vol"));
        Assert.Equal(131072, policies.RepairBlockBytes("other"));
    }

    [Fact]
    public void A_limit_of_0_leaves_the_one_in_force()
    {
        var first = HeartbeatOrders.Disks(new DataNodeHeartbeatRequest { QosFlowReadLimit = 10, QosIopsWriteLimit = 20, EnableDiskQos = true }, DiskPolicies.None);
        var second = HeartbeatOrders.Disks(new DataNodeHeartbeatRequest { QosFlowReadLimit = 0, QosFlowWriteLimit = 30, QosIopsWriteLimit = 40 }, first);

        Assert.Equal(new DiskRates(10, 0, 0, 20), first.Rates);
        Assert.True(first.QosEnabled);
        Assert.Equal(new DiskRates(10, 30, 0, 40), second.Rates);
        Assert.False(second.QosEnabled); // a switch has no such rule
    }

    [Theory]
    [InlineData("168h0m0s", 168)]
    [InlineData("200h0m0s", 200)]
    [InlineData("1h0m0s", 168)] // never shorter
    [InlineData("", 168)]
    [InlineData("a week", 168)]
    [InlineData("-500h", 168)]
    public void Backups_are_kept_as_long_as_the_master_says_and_a_week_at_least(string text, int hours)
    {
        var policies = HeartbeatOrders.Disks(new DataNodeHeartbeatRequest { DpBackupTimeout = text }, DiskPolicies.None);

        Assert.Equal(TimeSpan.FromHours(hours), policies.BackupTimeout);
        Assert.True(policies.IsHeard);
        Assert.False(DiskPolicies.None.IsHeard);
    }
}
