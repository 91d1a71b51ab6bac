using System.CommandLine;
using CubeActors.Client;

namespace CubeActors.Node;

/// <summary><c>volume</c>: creates volumes.</summary>
internal static class VolumeCommand
{
    private const long GiB = 1L << 30;

    /// <summary>Time for the partitions of a new volume to be reported as writable: some heartbeats.</summary>
    private static readonly TimeSpan WritableDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Time for nodes that were started just before to send their first report.</summary>
    private static readonly TimeSpan NodesDeadline = TimeSpan.FromSeconds(10);

    public static Command Build(CommandContext context) => new("volume", "Creates volumes: sets of data partitions that share a name.") { BuildCreate(context) };

    private static Command BuildCreate(CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "3 to 63 letters, digits, '_', '.' or '-'." };
        var partitions = new Option<int>("--partitions") { Description = "Data partitions to create.", HelpName = "N", DefaultValueFactory = _ => 3 };
        var replicas = new Option<int>("--replicas") { Description = "Copies of each, on different nodes: 1, 2 or 3.", HelpName = "R", DefaultValueFactory = _ => 3 };
        var size = new Option<string>("--partition-size")
        {
            Description = "Size of one data partition. Below 11 GiB only the embedded master's volumes are writable.",
            HelpName = "1GiB",
            DefaultValueFactory = _ => "1GiB",
        };
        var owner = new Option<string>("--owner") { Description = "Owner of the volume.", HelpName = "name", DefaultValueFactory = _ => "cubeactors" };
        var master = ClientCommands.MasterOption();
        var command = new Command("create",
            $"""
            Creates a volume and waits until its data partitions take writes.

            Example, on a cluster of three nodes (two replicas on three partitions cover every pair of nodes):
              {CommandLine.Program} volume create photos --partitions 3 --replicas 2 --partition-size 4GiB
            """)
        {
            name, partitions, replicas, size, owner, master,
        };
        command.SetAction((parsed, stop) => CreateAsync(
            context, parsed.GetRequiredValue(master),
            Order(
                parsed.GetRequiredValue(name), parsed.GetRequiredValue(owner), parsed.GetRequiredValue(partitions), parsed.GetRequiredValue(replicas),
                parsed.GetRequiredValue(size)),
            stop));
        return command;
    }

    private static NewVolume Order(string name, string owner, int partitions, int replicas, string size)
    {
        if (partitions < 1) throw new SettingsException($"--partitions is {partitions}; accepted: 1 or more");
        if (replicas is < 1 or > 3) throw new SettingsException($"--replicas is {replicas}; accepted: 1, 2 or 3");
        if (!Quantity.TryParseBytes(size, out var bytes) || bytes == 0) throw new SettingsException($"--partition-size is \"{size}\"; accepted: {Quantity.BytesForm}");
        var capacityGb = Math.Max(1, (long)Math.Ceiling((double)bytes * partitions / GiB));
        return new NewVolume(name, owner, capacityGb, replicas, partitions) { PartitionBytes = bytes };
    }

    private static async Task<int> CreateAsync(CommandContext context, string masters, NewVolume volume, CancellationToken stop)
    {
        using var client = ClientCommands.Open(context, masters);
        // If they stay too few the master says it better than we could.
        await ClusterReadiness.WaitForNodesAsync(client.Master, volume.ReplicaCount, NodesDeadline, context.Time, stop);
        await client.Master.CreateVolumeAsync(volume, stop);
        if (await ClusterReadiness.WaitForVolumeAsync(client.Master, volume.Name, volume.PartitionCount, WritableDeadline, context.Time, stop) is { } missing)
        {
            throw new CommandException(
                $"volume {volume.Name} was created, but {missing} of its data partitions take no writes yet; see /readyz?verbose of the data nodes");
        }

        await context.Out.WriteLineAsync(
            $"created volume {volume.Name}: {volume.PartitionCount} data partitions of {Quantity.FormatBytes(volume.PartitionBytes!.Value)}, "
            + $"{volume.ReplicaCount} replicas each");
        return ExitCode.Success;
    }
}
