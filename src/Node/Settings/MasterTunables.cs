namespace CubeActors.Node;

/// <summary>What the HOCON configuration says about the embedded master.</summary>
/// <param name="HeartbeatPeriod">How often each data node is asked for a report.</param>
/// <param name="NodeTimeout">A node whose last report is older takes no new writes.</param>
internal sealed record MasterTunables(TimeSpan HeartbeatPeriod, TimeSpan NodeTimeout, ProcessSettings Process, Akka.Configuration.Config Akka);

internal static class MasterSettingsReader
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <exception cref="SettingsException">A value is out of its bounds.</exception>
    public static MasterTunables Read(HoconFile? overlay) => Of(new Tunables(overlay));

    /// <inheritdoc cref="Read(HoconFile?)"/>
    public static MasterTunables Of(Tunables tunables)
    {
        var heartbeat = tunables.Time("embedded-master.heartbeat-period", Shortest, TimeSpan.FromHours(1));
        var timeout = tunables.Time("embedded-master.node-timeout", Shortest, TimeSpan.FromHours(1));
        if (timeout <= heartbeat)
        {
            throw new SettingsException(
                "cubeactors.embedded-master.node-timeout is not longer than cubeactors.embedded-master.heartbeat-period; "
                + "every node would be taken for dead between two reports");
        }

        return new MasterTunables(heartbeat, timeout, TunableReader.Process(tunables), tunables.All);
    }
}
