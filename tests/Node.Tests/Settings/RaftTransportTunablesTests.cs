namespace CubeActors.Node.Tests;

public sealed class RaftTransportTunablesTests
{
    [Fact]
    public void The_defaults_are_those_of_CubeFS_where_it_has_any()
    {
        var settings = TunableReader.RaftTransport(new Tunables(null));
        Assert.Equal(TimeSpan.FromSeconds(2), settings.Dial);
        Assert.Equal(TimeSpan.FromSeconds(2), settings.WriteStall);
        Assert.Equal(TimeSpan.FromMilliseconds(50), settings.RedialMin);
        Assert.Equal(10, settings.SnapshotSendsMax);
        Assert.Equal(TimeSpan.FromMinutes(1), settings.SnapshotRead);
        Assert.Equal(TimeSpan.FromMinutes(10), settings.SnapshotAnswer);
    }

    [Theory]
    [InlineData("frame-max = 1 MiB", "from 2 MiB to 8 MiB")]
    [InlineData("queue-messages-max = 1", "a number from 16 to")]
    [InlineData("write-stall = 1 ms", "from 100 ms to 1 h")]
    [InlineData("redial-min = 1 s", "cubeactors.raft.transport.redial-max")]
    public void A_value_out_of_its_bounds_ends_the_start_with_them(string line, string expected)
    {
        var tunables = new Tunables(HoconFile.ParseOverlay("sample/over.conf", $"cubeactors.raft.transport.{line}"));
        Assert.Contains(expected, Assert.Throws<SettingsException>(() => TunableReader.RaftTransport(tunables)).Message, StringComparison.Ordinal);
    }
}
