using System.Text;

namespace CubeActors.Node.Tests;

/// <summary>What other members answer is read as what a stranger says.</summary>
public sealed class MemberAnswersTests
{
    private const string Node =
        """{"code":200,"msg":"","data":{"version":"0.1.0","phase":"Loading","cluster":"spark","uptimeSeconds":12.5,"notReady":["a","b","c","d"],"groupsLed":3,"leftSeconds":2,"partitions":{"Serving":5,"Loading":1}}}""";

    private const string Disks =
        """{"code":200,"msg":"","data":{"disks":[{"path":"/a","total":100,"used":40,"status":2,"partitions":3},{"path":"/b","total":50,"used":0,"status":-1,"partitions":0}],"zone":"default"}}""";

    [Fact]
    public void A_node_is_read_with_what_it_says_of_itself()
    {
        var node = MemberAnswers.ReadNode(Bytes(Node))!;
        Assert.Equal(("Loading", "0.1.0", "spark", 12.5, 3L, 2.0), (node.Phase, node.Version, node.Cluster, node.UptimeSeconds!.Value, node.GroupsLed!.Value, node.LeftSeconds!.Value));
        Assert.Equal(["a", "b", "c"], node.NotReady);
        Assert.Equal((5L, 1L), (node.Partitions["Serving"], node.Partitions["Loading"]));
    }

    [Fact]
    public void Disks_are_added_up() => Assert.Equal(new MemberDisks(2, 1, 150, 40, 3), MemberAnswers.ReadDisks(Bytes(Disks)));

    [Fact]
    public void An_answer_cut_at_any_byte_is_none()
    {
        for (var cut = 0; cut < Node.Length; cut++) Assert.Null(MemberAnswers.ReadNode(Bytes(Node[..cut])));
        for (var cut = 0; cut < Disks.Length; cut++) Assert.Null(MemberAnswers.ReadDisks(Bytes(Disks[..cut])));
    }

    [Theory]
    [InlineData("404 page not found\n")]
    [InlineData("<html></html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"data":null}""")]
    [InlineData("""{"data":{"phase":1,"version":2,"disks":{}}}""")]
    [InlineData("""{"data":{"phase":"","version":"x","disks":[1]}}""")]
    [InlineData("""{"data":{"phase":"Ready","disks":[{"total":-1,"used":0}]}}""")]
    [InlineData("""{"data":{"phase":"Ready","disks":[{"total":"much","used":0}]}}""")]
    [InlineData("""{"data":{"phase":"Ready","disks":[{"total":1e999,"used":0}]}}""")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]")]
    public void Whatever_else_comes_is_no_answer(string body)
    {
        Assert.Null(MemberAnswers.ReadNode(Bytes(body)));
        Assert.Null(MemberAnswers.ReadDisks(Bytes(body)));
    }

    [Fact]
    public void Texts_are_cut_and_fields_of_another_type_are_left_out()
    {
        var node = MemberAnswers.ReadNode(Bytes($$$"""{"data":{"version":"{{{new string('v', 5000)}}}","phase":"Ready","uptimeSeconds":"long","notReady":[1,"x"],"partitions":{"Serving":"5","Closing":-1,"Loading":2},"groupsLed":1.5}}"""))!;
        Assert.Equal(200, node.Version.Length);
        Assert.Equal((null, "x"), (node.UptimeSeconds, Assert.Single(node.NotReady)));
        Assert.Equal("Loading", Assert.Single(node.Partitions).Key);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
