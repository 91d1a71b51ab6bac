using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CubeActors.Client;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>One master as it answered.</summary>
/// <param name="Addresses">Its name's, empty if it has none.</param>
/// <param name="Trouble">Null if it answered; else why not.</param>
internal sealed record SurveyedMaster(string Address, IReadOnlyList<IPAddress> Addresses, string? Trouble);

/// <summary>What the masters say of this node.</summary>
/// <param name="Cluster">Null if none answered.</param>
/// <param name="NodeAddress"><c>ip:port</c>; null if neither the configuration nor a master tells it.</param>
/// <param name="Node">Null if the masters do not know it, or <paramref name="NodeTrouble"/>.</param>
internal sealed record MasterFacts(IReadOnlyList<SurveyedMaster> Masters, ClusterInfo? Cluster, string? NodeAddress, DataNodeInfo? Node, string? NodeTrouble);

/// <summary>Asks each master, within a short time. Changes nothing there.</summary>
internal static class MasterSurvey
{
    /// <summary>Long enough for a name server and a busy master, short enough to wait for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Source: CubeFS proto/errors.go, the code of an unknown data node.</summary>
    private const int UnknownDataNode = 12;

    /// <param name="resolve">Looks up a name; null: the machine's resolver.</param>
    public static async Task<MasterFacts> RunAsync(
        NodeSettings settings, INetwork network, TimeProvider time, CancellationToken stop, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        resolve ??= static (name, cancel) => Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, cancel);
        var answers = await Task.WhenAll(settings.DataNode.Masters.Select(master => AskAsync(master, network, time, resolve, stop)));
        var masters = answers.Select(answer => answer.Master).ToList();
        var cluster = answers.Select(answer => answer.Cluster).FirstOrDefault(found => found is not null);
        var identity = settings.DataNode.Identity;
        var ip = identity.LocalAddress?.ToString() ?? cluster?.Ip;
        var address = string.IsNullOrEmpty(ip) ? null : $"{ip}:{identity.DataPort.ToString(CultureInfo.InvariantCulture)}";
        if (cluster is null || address is null) return new MasterFacts(masters, cluster, address, null, null);
        try
        {
            using var client = new MasterClient(Settings([.. masters.Where(master => master.Trouble is null).Select(master => master.Address)]), network, time);
            return new MasterFacts(masters, cluster, address, (await client.GetDataNodeAsync(address, stop)).Info, null);
        }
        catch (MasterException failure) when (failure.Code == UnknownDataNode)
        {
            return new MasterFacts(masters, cluster, address, null, null);
        }
        catch (MasterException failure)
        {
            return new MasterFacts(masters, cluster, address, null, failure.Message);
        }
    }

    private static async Task<(SurveyedMaster Master, ClusterInfo? Cluster)> AskAsync(
        string master, INetwork network, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve, CancellationToken stop)
    {
        IPAddress[] addresses;
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            limit.CancelAfter(Patience);
            try
            {
                var name = master[..master.LastIndexOf(':')];
                addresses = IPAddress.TryParse(name, out var address) ? [address] : await resolve(name, limit.Token);
                if (addresses.Length == 0) return (new SurveyedMaster(master, [], "its name has no IPv4 address"), null);
            }
            catch (SocketException failure)
            {
                return (new SurveyedMaster(master, [], $"its name cannot be looked up: {failure.Message}"), null);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return (new SurveyedMaster(master, [], $"the name server has not answered within {Quantity.FormatTime(Patience)}"), null);
            }
        }

        try
        {
            using var client = new MasterClient(Settings([master]), network, time);
            return (new SurveyedMaster(master, addresses, null), await client.GetClusterInfoAsync(stop));
        }
        catch (MasterException failure)
        {
            return (new SurveyedMaster(master, addresses, failure.Message), null);
        }
    }

    private static MasterSettings Settings(IReadOnlyList<string> masters) => new(masters) { RequestTimeout = Patience, ConnectTimeout = Patience };
}
