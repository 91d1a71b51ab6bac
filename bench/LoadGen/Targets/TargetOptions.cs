using System.CommandLine;
using System.Net;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>The options that say which partitions to drive, and the partitions they stand for.</summary>
internal sealed class TargetOptions
{
    private const int HostsMax = 126; // 127 in the header means a single replica

    private readonly Option<string[]> _masters = new("--master")
    {
        Description = "Masters to ask for the volume's partitions.",
        HelpName = "host:port,...",
        CustomParser = CommaList.Parse,
    };
    private readonly Option<string> _volume = new("--volume")
    {
        Description = "The volume whose writable partitions are driven (with --master).",
        HelpName = "name",
    };
    private readonly Option<ulong?> _partition = new("--partition")
    {
        Description = "The partition to drive. With --master only this one of the volume is used.",
        HelpName = "id",
    };
    private readonly Option<string[]> _hosts = new("--hosts")
    {
        Description = "The partition's replicas in the master's order, the chain leader first (with --partition, instead of --master).",
        HelpName = "ip:port,...",
        CustomParser = CommaList.Parse,
    };
    private readonly Option<string?> _host = new("--host")
    {
        Description = "Read from this replica only. Default: the connections take turns.",
        HelpName = "ip:port",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _masters, _volume, _partition, _hosts, _host }) command.Add(option);
    }

    /// <summary>The replica that reads are pinned to; null for all.</summary>
    public string? HostOf(ParseResult parsed) => parsed.GetValue(_host);

    /// <returns>At least one partition; with <c>--host</c> only those that have a replica there.</returns>
    /// <exception cref="UsageFault">There is none, or the options do not say where.</exception>
    public async Task<IReadOnlyList<PartitionTarget>> FindAsync(ParseResult parsed, CancellationToken cancel)
    {
        var found = await FindAllAsync(parsed, cancel);
        if (HostOf(parsed) is not { } host) return found;
        PartitionTarget[] there = [.. found.Where(target => target.Hosts.Contains(host))];
        if (there.Length > 0) return there;
        var replicas = string.Join(", ", found.SelectMany(target => target.Hosts).Distinct());
        throw new UsageFault($"--host {host}: no partition has a replica there. The replicas are {replicas}.");
    }

    private async Task<IReadOnlyList<PartitionTarget>> FindAllAsync(ParseResult parsed, CancellationToken cancel)
    {
        var partition = parsed.GetValue(_partition);
        switch (parsed.GetValue(_masters) ?? [], parsed.GetValue(_volume), partition, parsed.GetValue(_hosts) ?? [])
        {
            case ({ Length: > 0 } masters, { } volume, _, []):
                return await VolumePartitions.AskAsync(masters, volume, partition, cancel);
            case ([], null, > 0, { Length: > 0 and <= HostsMax } hosts):
                return [new PartitionTarget(new PartitionId(partition.Value), Checked(hosts))];
            default:
                throw new UsageFault("Say what to drive: either --master and --volume, or --partition and --hosts. --help shows examples.");
        }
    }

    private static string[] Checked(string[] addresses) =>
        Array.Find(addresses, address => !IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0) is { } wrong
            ? throw new UsageFault($"'{wrong}' is not ip:port.") : addresses;
}
