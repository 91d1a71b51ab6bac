namespace CubeActors.Node.Tests;

/// <summary>The keys of datanode.json about masters, raft queues, smux and buffers.</summary>
public sealed class ConnectionKeysTests
{
    [Theory]
    [InlineData(null, 1, false)]
    [InlineData("60", 60, false)]
    [InlineData("\"5\"", 5, false)]
    [InlineData("61", 1, true)]
    [InlineData("-1", 1, true)]
    public void Names_of_masters_are_looked_up_every_1_to_60_minutes(string? value, int minutes, bool warns)
    {
        var settings = SampleConfig.ReadWith("nameResolveInterval", value);
        Assert.Equal(TimeSpan.FromMinutes(minutes), settings.DataNode.MasterLink.NameLookupPeriod);
        Assert.Equal(warns, settings.Notes.Count == 1);
    }

    [Theory]
    [InlineData(null, 128)]
    [InlineData("16", 128)]
    [InlineData("512", 512)]
    public void The_pool_of_connections_to_masters_is_only_raised(string? value, int expected) =>
        Assert.Equal(expected, SampleConfig.ReadWith("httpPoolSize", value).DataNode.MasterLink.ConnectionsMax);

    [Theory]
    [InlineData(null, 2048)]
    [InlineData("100", 2048)]
    [InlineData("4096", 4096)]
    public void The_queue_of_a_raft_group_is_only_raised(string? value, int expected) =>
        Assert.Equal(expected, SampleConfig.ReadWith("raftRecvBufSize", value).DataNode.RaftGroups.MessagesMax);

    [Theory]
    [InlineData(null, 4 << 20, false)]
    [InlineData("1048576", 1 << 20, false)]
    [InlineData("100", 4 << 20, true)] // no frame would fit
    public void The_buffer_of_a_smux_connection_holds_a_frame_at_least(string? value, int expected, bool warns)
    {
        var settings = SampleConfig.ReadWith("smuxMaxBuffer", value);
        Assert.Equal(expected, settings.DataNode.DataPath.SmuxUnreadBytesMax);
        Assert.Equal(warns, settings.Notes.Count == 1);
    }

    [Theory]
    [InlineData(null, 256L << 20, false)]
    [InlineData("0", 256L << 20, false)]
    [InlineData("4096", 512L << 20, false)] // buffers of 128 KiB
    [InlineData("8", 8L << 20, true)] // raised to what works
    public void A_limit_of_buffers_is_a_budget_of_bytes(string? value, long expected, bool warns)
    {
        var settings = SampleConfig.ReadWith("buffersTotalLimit", value);
        Assert.Equal(expected, settings.DataNode.DataPath.BufferBudgetBytes);
        Assert.Equal(warns, settings.Notes.Count == 1);
    }

    [Fact]
    public void Alarms_of_raft_have_the_thresholds_of_CubeFS_unless_they_are_set()
    {
        var settings = SampleConfig.ReadWithAll(("raftMonNoLeaderThrSec", "60"), ("raftMonZombieThrSec", "\"7\""));
        var alarms = settings.DataNode.RaftAlarms;
        Assert.Equal((60, 180, 7, 180), (alarms.NoLeader.TotalSeconds, alarms.NoLeaderAgain.TotalSeconds, alarms.Zombie.TotalSeconds, alarms.ZombieAgain.TotalSeconds));
    }
}
