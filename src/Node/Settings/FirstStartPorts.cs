using System.Globalization;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Node;

/// <summary>constcfg in raftDir: ports a node had at its first start. Peers know it by them, so that other ones end the start.</summary>
/// <remarks>Here it is compared only; it is written when a master has answered (<see cref="RaftDirectory.Settle"/>).</remarks>
internal static class FirstStartPorts
{
    /// <exception cref="SettingsException">The record is unreadable or names other ports.</exception>
    public static void Check(NodeSettings settings, IFileSystem files)
    {
        var path = $"{settings.RaftDirectory.TrimEnd('/')}/{PortRecord.Name}";
        PortRecord? recorded;
        try
        {
            recorded = RaftDirectory.LoadPorts(files, settings.RaftDirectory);
        }
        catch (StorageCorruptException failure)
        {
            throw new SettingsException($"{settings.File}: raftDir: {failure.Message}", failure);
        }
        catch (DiskFaultException failure)
        {
            throw new SettingsException($"{settings.File}: raftDir: {path} cannot be read: {failure.Message}", failure);
        }

        if (Of(settings).DifferenceFrom(recorded) is { } difference)
        {
            throw SettingsException.BadValue(
                difference.Key, settings.File, $"\"{difference.Configured}\"",
                $"\"{difference.Recorded}\", the port that {path} has kept from the first start; peers know the node by it");
        }
    }

    public static PortRecord Of(NodeSettings settings)
    {
        var identity = settings.DataNode.Identity;
        return new PortRecord(identity.DataPort.ToString(CultureInfo.InvariantCulture), identity.RaftReplicaPort, identity.RaftHeartbeatPort);
    }
}
