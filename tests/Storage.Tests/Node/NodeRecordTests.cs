using System.Text;
using CubeActors.Runtime.Files;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class NodeRecordTests
{
    private const string Directory = "/raft/cubeactors";
    private static readonly NodeRecord Record = new(NodeRecord.CurrentFormat, ulong.MaxValue, "test", "10.0.0.5:17310", "17330", "17340");
    private readonly SimulatedFileSystem _files = new(1);

    public NodeRecordTests() => _files.MakeDirectories("/raft");

    [Fact]
    public void What_was_saved_is_there_after_a_power_cut()
    {
        Record.Save(_files, Directory);
        (Record with { NodeId = 8 }).Save(_files, Directory);
        _files.PowerCut();

        Assert.Equal(Record with { NodeId = 8 }, NodeRecord.Load(_files, Directory));
    }

    [Fact]
    public void Without_a_record_nothing_is_known() => Assert.Null(NodeRecord.Load(_files, Directory));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"format":0,"nodeId":7,"cluster":"c","address":"a","raftHeartbeatPort":"1","raftReplicaPort":"2"}""")]
    [InlineData("""{"format":1,"nodeId":0,"cluster":"c","address":"a","raftHeartbeatPort":"1","raftReplicaPort":"2"}""")]
    [InlineData("""{"format":1,"nodeId":-7,"cluster":"c","address":"a","raftHeartbeatPort":"1","raftReplicaPort":"2"}""")]
    [InlineData("""{"format":1,"nodeId":7,"cluster":null,"address":"a","raftHeartbeatPort":"1","raftReplicaPort":"2"}""")]
    [InlineData("""{"format":1,"nodeId":7}""")]
    public void A_record_that_makes_no_sense_is_like_none(string content)
    {
        Write(content);

        Assert.Null(NodeRecord.Load(_files, Directory));
    }

    [Fact]
    public void A_later_format_is_refused_with_what_to_do()
    {
        Write("""{"format":2}""");

        var failure = Assert.Throws<StorageCorruptException>(() => NodeRecord.Load(_files, Directory));

        Assert.Contains("format 2, known is 1", failure.Message);
        Assert.Contains($"{Directory}/node.json", failure.Message);
    }

    private void Write(string content)
    {
        _files.MakeDirectories(Directory);
        using var file = _files.OpenOrCreate($"{Directory}/{NodeRecord.Name}", FilePermission.Data, truncate: true);
        file.Write(0, Encoding.UTF8.GetBytes(content));
    }
}
