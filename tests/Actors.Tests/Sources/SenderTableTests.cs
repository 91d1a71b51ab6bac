using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Goal: each opcode that only masters or data nodes send is told from one of somebody else, and nothing else is. Method: the table, and an address of each kind.</summary>
public sealed class SenderTableTests
{
    private const string MasterAddress = "10.0.0.1:40000", NodeAddress = "10.0.0.2:40000", HostAddress = "10.0.0.3:40000", OwnAddress = "10.0.0.5:40000", StrangeAddress = "10.0.0.9:40000";

    private static readonly PartitionId Here = new(7), Elsewhere = new(8);

    private readonly KnownSources _sources = new() { Self = () => "10.0.0.5:17310", HostsOf = partition => partition == Here ? ["10.0.0.5:17310", "10.0.0.3:17310"] : [] };

    public SenderTableTests()
    {
        _sources.SetMasters(["10.0.0.1:17010", "no address"]);
        _sources.SetNodes(["10.0.0.2:17310"]);
    }

    public static TheoryData<Opcode, Sender> Rows
    {
        get
        {
            var rows = new TheoryData<Opcode, Sender>();
            foreach (var row in SenderTable.Rows) rows.Add(row.Opcode, row.Sender);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_opcode_is_taken_from_those_who_send_it_and_from_nobody_else(Opcode opcode, Sender sender)
    {
        var check = Check(SourcePolicy.Enforce);
        var (byMaster, byMember) = (sender is Sender.Anyone or Sender.Master or Sender.MasterOrMember, sender is Sender.Anyone or Sender.Member or Sender.MasterOrMember);
        Assert.Equal(byMaster, Admits(check, opcode, MasterAddress));
        Assert.Equal(byMember, Admits(check, opcode, NodeAddress));
        Assert.Equal(byMember, Admits(check, opcode, HostAddress));
        Assert.Equal(sender == Sender.Anyone, Admits(check, opcode, HostAddress, Elsewhere)); // no host of that partition, and on no list of nodes
        Assert.True(Admits(check, opcode, OwnAddress)); // this machine
        Assert.Equal(sender == Sender.Anyone, Admits(check, opcode, StrangeAddress));
        Assert.Equal(sender == Sender.Anyone, Admits(check, opcode, "somewhere"));
        Assert.True(Admits(check, opcode, "")); // no connection
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_refusal_is_a_final_one_to_whoever_sent_it(Opcode opcode, Sender sender)
    {
        if (sender == Sender.Anyone) return;
        Assert.Equal(ResultCode.IntraGroupNetError, ErrorTexts.ToCode(Check(SourcePolicy.Enforce).Problem(Header(opcode), StrangeAddress)));
    }

    [Fact]
    public void Every_task_of_a_master_has_a_row_and_none_is_taken_from_anyone()
    {
        foreach (var opcode in Enum.GetValues<Opcode>().Where(Opcodes.IsAdmin)) Assert.Contains(SenderTable.Of(opcode), (Sender[])[Sender.Master, Sender.MasterOrMember]);
        Assert.Equal(SenderTable.Rows.Count, SenderTable.Rows.DistinctBy(row => row.Opcode).Count());
        foreach (var row in SenderTable.Rows) Assert.Equal(row.Sender, SenderTable.Of(row.Opcode));
    }

    [Theory]
    [InlineData(Opcode.CreateExtent)]
    [InlineData(Opcode.Write)]
    [InlineData(Opcode.SyncWrite)]
    [InlineData(Opcode.StreamRead)]
    [InlineData(Opcode.StreamFollowerRead)]
    [InlineData(Opcode.RandomWrite)]
    [InlineData(Opcode.SyncRandomWriteVersion)]
    [InlineData(Opcode.BatchDeleteExtent)]
    [InlineData(Opcode.GcBatchDeleteExtent)]
    [InlineData(Opcode.BatchLockNormalExtent)]
    [InlineData(Opcode.Ping)]
    public void Packets_of_clients_metanodes_and_tools_are_taken_from_anyone(Opcode opcode) => Assert.Equal(Sender.Anyone, SenderTable.Of(opcode));

    [Theory]
    [InlineData("127.0.0.20:17010", "127.0.0.1:40000", true)]
    [InlineData("127.0.0.20:17010", "[::1]:40000", true)]
    [InlineData("127.0.0.20:17010", "[::ffff:127.0.0.3]:40000", true)]
    [InlineData("10.0.0.6:17010", "[::ffff:10.0.0.6]:40000", true)]
    [InlineData("10.0.0.6:17010", "10.0.0.6:40000/smux-3", true)]
    [InlineData("10.0.0.6:17010", "127.0.0.1:40000", false)]
    public void Whoever_dials_on_the_loopback_network_comes_from_an_address_that_the_kernel_chose(string master, string remote, bool isKnown)
    {
        _sources.SetMasters([master]);
        Assert.Equal(isKnown, Admits(Check(SourcePolicy.Enforce), Opcode.DataNodeHeartbeat, remote));
    }

    private SourceCheck Check(SourcePolicy policy) => new(_sources, policy, TimeProvider.System, NoLogger.Instance);

    private static bool Admits(SourceCheck check, Opcode opcode, string remote, PartitionId? partition = null) => check.Problem(Header(opcode, partition), remote) is null;

    private static PacketHeader Header(Opcode opcode, PartitionId? partition = null) => new() { Opcode = opcode, Partition = partition ?? Here };
}
