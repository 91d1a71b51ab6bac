using System.Net;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>How a node gets to know the masters, who may come late, refuse it, or be of another version.</summary>
public sealed class RegistrationTests : NodeScenario
{
    private const string Dial = $"dial {ScriptedMaster.Address}";

    private int Failures => Warnings.Count(warning => warning.StartsWith("Registration with the masters failed", StringComparison.Ordinal));

    [Fact]
    public void Without_a_master_the_pause_doubles_up_to_its_limit_and_clients_are_served_meanwhile()
    {
        AddDisk().WithPartitions(1);
        Start();
        Until(() => Failures == 1, "the first try fails");
        Assert.True(Gate.IsStarted);
        Assert.True(GateOf(1).TryEnter());
        GateOf(1).Exit();

        foreach (var (pause, tries) in new[] { (2, 1), (4, 2), (8, 3), (16, 4), (16, 5) })
        {
            Assert.EndsWith($"Trying again in {pause} s", Warnings[^1]);
            Advance(TimeSpan.FromSeconds(pause) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(tries, Journal.CountOf(Dial));
            Advance(TimeSpan.FromMilliseconds(1));
            Until(() => Failures == tries + 1, $"try {tries + 1} fails");
        }

        Assert.Equal((NodePhase.Loading, "not registered with any master yet"), (Phase, Reasons));
        Assert.Empty(Fatal);
    }

    [Fact]
    public void A_master_that_comes_late_makes_the_node_ready()
    {
        AddDisk();
        Start();
        Until(() => Failures == 1, "the first try fails");
        var master = StartMaster();

        Advance(TimeSpan.FromSeconds(2));
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal(7UL, Steps[^1].NodeId);
        var query = Assert.Single(master.Registrations).Query;
        Assert.Equal(("127.0.0.11:17310", "17330", "17340"), (query["addr"], query["heartbeatPort"], query["replicaPort"]));
        Assert.Equal(("zone-a", "1"), (query["zoneName"], query["mediaType"]));
    }

    [Fact]
    public void A_node_that_does_not_know_its_address_listens_everywhere_and_takes_the_one_the_master_sees()
    {
        Settings = Settings with { Identity = Settings.Identity with { LocalAddress = null, BindToLocalAddress = false } };
        AddDisk();
        var master = StartMaster();
        master.Cluster = master.Cluster with { Ip = "10.1.2.3" };

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal(["listen 0.0.0.0:17310", "listen 0.0.0.0:17810"], Journal.Entries.Take(2));
        Assert.Equal("10.1.2.3:17310", Assert.Single(master.Registrations).Query["addr"]);
    }

    [Theory]
    [InlineData("old mediaType 2 not equal to new mediaType 1, hint: check the configuration")]
    [InlineData("zoneName was zone-b, cannot be changed to zone-a")]
    public void A_refusal_of_media_type_or_zone_ends_the_start_and_is_not_tried_again(string refusal)
    {
        AddDisk();
        var master = StartMaster();
        master.Refusal = refusal;

        Start();
        Until(() => Fatal.Count == 1, "the refusal is reported");

        Assert.Contains(refusal, Fatal[0]);
        Assert.EndsWith("make mediaType and zoneName what they were when this address was first registered", Fatal[0]);
        Advance(TimeSpan.FromMinutes(5));
        Assert.Single(master.Registrations);
        Assert.Equal(NodePhase.Loading, Phase);
    }

    [Fact]
    public void A_refusal_that_only_hints_at_the_media_type_is_tried_again()
    {
        AddDisk();
        var master = StartMaster();
        master.Refusal = "no leader, hint: the mediaType must be set";
        Start();
        Until(() => Failures == 1, "the first try is refused");
        Assert.Empty(Fatal);

        master.Refusal = null;
        Advance(TimeSpan.FromSeconds(2));
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
    }

    [Fact]
    public void A_cluster_with_snapshots_is_never_joined_and_the_log_says_why()
    {
        AddDisk();
        var master = StartMaster();
        master.Cluster = master.Cluster with { ClusterEnableSnapshot = true };

        Start();
        Until(() => Failures == 1, "the node declines");

        Assert.Contains("cluster test has snapshots enabled, which this data node does not serve.", Warnings[^1]);
        Assert.Empty(master.Registrations);
        Assert.Equal(NodePhase.Loading, Phase);
    }

    [Fact]
    public void Rules_for_old_clients_are_in_force_from_the_registration_on()
    {
        AddDisk();
        StartMaster().Upgrade = new UpgradeCompatibleSettings { VolsForbidWriteOpOfProtoVer0 = ["vol"], ClusterForbidWriteOpOfProtoVer0 = true };

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal(["vol"], Gate.Volumes.WithoutVersion0);
        Assert.True(Gate.Volumes.ClusterWithoutVersion0);
    }

    [Fact]
    public void An_older_master_that_has_no_upgrade_settings_forbids_nothing()
    {
        AddDisk();
        StartMaster().KnowsUpgradeSettings = false;

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Empty(Gate.Volumes.WithoutVersion0);
        Assert.False(Gate.Volumes.ClusterWithoutVersion0);
    }
}
