using System.Text;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class RaftDirectoryTests
{
    private static readonly PortRecord Ports = new("17310", "17340", "17330");
    private readonly SimulatedFileSystem _files = new();

    [Fact]
    public void The_first_start_makes_the_directory_and_writes_the_ports_as_CubeFS_spells_them()
    {
        Assert.Null(RaftDirectory.Settle(_files, "/data/raft", Ports, [], clusterUuid: null));
        Assert.Equal("""{"listen":"17310","raftReplicaPort":"17340","raftHeartbetPort":"17330"}""", Read("/data/raft/constcfg"));
        _files.PowerCut();
        Assert.Equal(Ports, RaftDirectory.LoadPorts(_files, "/data/raft"));
    }

    [Fact]
    public void The_mark_of_the_cluster_is_written_before_the_ports_which_would_be_content()
    {
        Assert.Null(RaftDirectory.Settle(_files, "/raft/", Ports, [], "0191"));
        Assert.Equal("0191", ClusterVersionFile.Load(_files, "/raft"));
        Assert.NotNull(RaftDirectory.LoadPorts(_files, "/raft"));
        Assert.Null(RaftDirectory.Settle(_files, "/raft/", Ports, [], "0191"));
    }

    [Fact]
    public void A_directory_of_a_node_without_mark_is_refused_once_the_cluster_asks_for_one()
    {
        Assert.Null(RaftDirectory.Settle(_files, "/raft", Ports, [], clusterUuid: null));
        Assert.Contains("holds files but no CLUSTER-VERSION", RaftDirectory.Settle(_files, "/raft", Ports, [], "0191"), StringComparison.Ordinal);
    }

    [Fact]
    public void Settling_what_is_settled_changes_nothing()
    {
        Assert.Null(RaftDirectory.Settle(_files, "/raft", Ports, [], "0191"));
        var changes = _files.Changes;
        Assert.Null(RaftDirectory.Settle(_files, "/raft", Ports, [], "0191"));
        Assert.Equal(changes, _files.Changes);
    }

    [Theory]
    [InlineData("listen", "17311", "17340", "17330")]
    [InlineData("raftReplica", "17310", "17341", "17330")]
    [InlineData("raftHeartbeat", "17310", "17340", "17331")]
    public void Other_ports_than_those_of_the_first_start_are_refused_by_the_name_of_their_key(string key, string listen, string replica, string heartbeat)
    {
        Assert.Null(RaftDirectory.Settle(_files, "/raft", Ports, [], null));
        Assert.StartsWith($"{key} is ", RaftDirectory.Settle(_files, "/raft", new PortRecord(listen, replica, heartbeat), [], null), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_record_counts_as_none()
    {
        Write("/raft/constcfg", "");
        Assert.Null(RaftDirectory.LoadPorts(_files, "/raft"));
        Assert.Null(RaftDirectory.Settle(_files, "/raft", Ports, [], null));
        Assert.Equal(Ports, RaftDirectory.LoadPorts(_files, "/raft"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"listen":17310}""")]
    public void A_damaged_record_is_refused_and_kept(string content)
    {
        Write("/raft/constcfg", content);
        Assert.Throws<StorageCorruptException>(() => RaftDirectory.Settle(_files, "/raft", Ports, [], null));
        Assert.Equal(content, Read("/raft/constcfg"));
    }

    [Fact]
    public void A_record_that_lacks_a_port_differs() => Assert.Equal(("raftReplica", "17340", ""), Ports.DifferenceFrom(new PortRecord("17310", null!, "17330")));

    private void Write(string path, string content)
    {
        _files.MakeDirectories(path[..path.LastIndexOf('/')]);
        using var file = _files.OpenOrCreate(path, truncate: true);
        file.Write(0, Encoding.UTF8.GetBytes(content));
    }

    private string Read(string path)
    {
        using var file = _files.TryOpen(path)!;
        var content = new byte[file.Length];
        file.Read(0, content);
        return Encoding.UTF8.GetString(content);
    }
}
