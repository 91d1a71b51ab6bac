using System.Text;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class ClusterVersionFileTests
{
    private const string Uuid = "0191-this";
    private readonly SimulatedFileSystem _files = new();

    public ClusterVersionFileTests()
    {
        _files.MakeDirectories("/raft");
        _files.MakeDirectories("/disk1");
        _files.MakeDirectories("/disk2");
    }

    [Fact]
    public void Empty_directories_become_the_clusters_and_match_from_then_on()
    {
        Assert.Null(ClusterVersionFile.Check(_files, ["/raft", "/disk1"], Uuid));
        Assert.Equal($$"""{"ClusterUUID":"{{Uuid}}"}""", Read("/raft/CLUSTER-VERSION"));
        _files.PowerCut(); // the marks are durable
        Assert.Equal(ClusterVersionVerdict.Matches, ClusterVersionFile.Inspect(_files, "/disk1", Uuid));
        Assert.Null(ClusterVersionFile.Check(_files, ["/raft", "/disk1"], Uuid));
    }

    [Fact]
    public void A_fresh_file_system_and_our_own_files_are_no_content()
    {
        _files.MakeDirectories("/disk1/lost+found");
        Write("/disk1/.diskStatus", ".diskStatus");
        Write("/disk1/.cubeactors", "{}");
        _files.MakeDirectories("/raft/cubeactors");
        Assert.Null(ClusterVersionFile.Check(_files, ["/raft", "/disk1"], Uuid));
    }

    [Fact]
    public void A_directory_with_content_and_no_mark_is_refused_and_no_other_is_marked()
    {
        _files.MakeDirectories("/disk2/datapartition_1_1024");
        var problem = ClusterVersionFile.Check(_files, ["/raft", "/disk1", "/disk2"], Uuid);
        Assert.Contains("/disk2 holds files but no CLUSTER-VERSION", problem, StringComparison.Ordinal);
        Assert.Null(_files.Stat("/raft/CLUSTER-VERSION"));
        Assert.Null(_files.Stat("/disk1/CLUSTER-VERSION"));
    }

    [Fact]
    public void A_mark_of_another_cluster_is_refused_with_both_names()
    {
        Write("/disk1/CLUSTER-VERSION", """{"ClusterUUID":"0191-other"}""");
        var problem = ClusterVersionFile.Check(_files, ["/disk1"], Uuid);
        Assert.Contains("names the cluster 0191-other", problem, StringComparison.Ordinal);
        Assert.Contains(Uuid, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"ClusterUUID":7}""")]
    public void A_damaged_mark_is_refused(string content)
    {
        Write("/disk1/CLUSTER-VERSION", content);
        Assert.Contains("/disk1/CLUSTER-VERSION is not the JSON object", ClusterVersionFile.Check(_files, ["/disk1"], Uuid), StringComparison.Ordinal);
    }

    [Fact]
    public void A_master_without_an_id_marks_nothing()
    {
        Assert.NotNull(ClusterVersionFile.Check(_files, ["/disk1"], ""));
        Assert.Null(_files.Stat("/disk1/CLUSTER-VERSION"));
    }

    [Fact]
    public void On_order_directories_with_content_are_marked_once()
    {
        _files.MakeDirectories("/disk1/datapartition_1_1024");
        Assert.Null(ClusterVersionFile.Generate(_files, ["/disk1", "/disk1", "/raft"], Uuid));
        Assert.Null(ClusterVersionFile.Check(_files, ["/disk1", "/raft"], Uuid));
        Assert.Equal("/disk1", ClusterVersionFile.Generate(_files, ["/disk2", "/disk1"], Uuid));
        Assert.Null(_files.Stat("/disk2/CLUSTER-VERSION"));
    }

    private void Write(string path, string content)
    {
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
