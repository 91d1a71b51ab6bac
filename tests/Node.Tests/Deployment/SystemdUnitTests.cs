using System.Globalization;
using System.Net;

namespace CubeActors.Node.Tests;

/// <summary>The units under deploy/systemd agree with the program and with each other.</summary>
public sealed class SystemdUnitTests
{
    private readonly ILookup<string, string> _service = DeployFiles.Unit(DeployFiles.Service);
    private readonly ILookup<string, string> _socket = DeployFiles.Unit(DeployFiles.Socket);
    private readonly ILookup<string, string> _machine = DeployFiles.Unit(DeployFiles.Machine);
    private readonly NodeSettings _sample = DeployFiles.Sample();

    [Fact]
    public void The_sample_configuration_starts_a_node_without_a_remark() => Assert.Empty(_sample.Notes);

    [Fact]
    public void Systemd_listens_on_every_port_of_the_sample_configuration_and_on_no_other()
    {
        var identity = _sample.DataNode.Identity;
        int[] expected =
        [
            identity.DataPort, identity.SmuxPort, Number(identity.RaftHeartbeatPort), Number(identity.RaftReplicaPort), _sample.Http!.EndPoint.Port,
        ];
        Assert.Equal(expected, _socket["Socket.ListenStream"].Select(address => IPEndPoint.Parse(address).Port));
        // A bare port number would listen on IPv6, which no address of the protocol has.
        Assert.All(_socket["Socket.ListenStream"], address => Assert.Equal(identity.BindAddress, IPEndPoint.Parse(address).Address));
    }

    [Fact]
    public void A_restart_of_the_service_leaves_the_sockets_open_and_a_stop_of_the_sockets_stops_it()
    {
        foreach (var bond in (string[])["PartOf", "BindsTo", "Requires", "StopPropagatedFrom"]) Assert.Empty(_socket[$"Unit.{bond}"]);
        Assert.Equal("cubeactors-datanode.socket", Assert.Single(_service["Unit.Requires"]));
        Assert.Equal("cubeactors-datanode.service", Assert.Single(_socket["Socket.Service"]));
        Assert.Empty(_socket["Socket.Accept"]);
    }

    [Fact]
    public void A_stop_is_given_more_time_than_the_node_takes_at_the_most() =>
        Assert.True(Seconds("TimeoutStopSec") >= _sample.Process.StopDeadline + TimeSpan.FromSeconds(15));

    [Fact]
    public void The_node_tells_systemd_when_it_is_there_and_that_it_lives()
    {
        Assert.Equal("notify", One("Type"));
        Assert.Equal("main", One("NotifyAccess"));
        Assert.True(Seconds("WatchdogSec") >= TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_failure_starts_it_again_but_not_a_configuration_that_cannot_work()
    {
        Assert.Equal("on-failure", One("Restart"));
        Assert.Equal($"{ExitCode.BadSettings}", One("RestartPreventExitStatus"));
        Assert.Equal(["600", "5"], _service["Unit.StartLimitIntervalSec"].Concat(_service["Unit.StartLimitBurst"]));
    }

    [Fact]
    public void There_are_descriptors_for_several_thousand_partitions()
    {
        const int Partitions = 5000, TinyExtents = 64, FilesOfStore = 12;
        var storage = _sample.DataNode.Storage;
        var needed = (Partitions * (TinyExtents + storage.OpenExtentsPerPartition + FilesOfStore)) + _sample.DataNode.DataPath.ConnectionsMax;
        Assert.True(Number(One("LimitNOFILE")) >= needed, $"{needed} are needed");
    }

    [Fact]
    public void All_that_the_sample_writes_to_is_writable_and_its_disks_are_mounted_first()
    {
        var writable = Assert.Single(_machine["Service.ReadWritePaths"]).Split(' ');
        var mounts = Assert.Single(_machine["Unit.RequiresMountsFor"]).Split(' ');
        Assert.Equal(_sample.DataNode.Disks.Select(disk => disk.Path), mounts);
        Assert.All(_sample.DataNode.Disks, disk => Assert.Contains(disk.Path, writable));
        Assert.Contains(writable, path => _sample.RaftDirectory.StartsWith(path + "/", StringComparison.Ordinal));
        Assert.Contains("/var/log/cubeactors", writable);
        Assert.Equal("strict", One("ProtectSystem"));
    }

    [Fact]
    public void It_runs_what_the_container_file_and_the_chart_run_too()
    {
        const string Program = "/opt/cubeactors/CubeActors.Node";
        Assert.Equal($"{Program} node --config /etc/cubeactors/datanode.json --conf /etc/cubeactors/tunables.conf", One("ExecStart"));
        Assert.Contains($"ENTRYPOINT [\"{Program}\"]", DeployFiles.Text(DeployFiles.Containerfile), StringComparison.Ordinal);
        Assert.Contains($"exec {Program} node --config", DeployFiles.Text(DeployFiles.Chart + "templates/daemonset.yaml"), StringComparison.Ordinal);
    }

    private string One(string key) => Assert.Single(_service[$"Service.{key}"]);

    private TimeSpan Seconds(string key) => TimeSpan.FromSeconds(Number(One(key)));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
