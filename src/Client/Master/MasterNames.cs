using System.Net;
using System.Net.Sockets;

namespace CubeActors.Client;

/// <summary>The addresses of the masters: names are asked for again every while, because masters move. Thread-safe.</summary>
/// <remarks>
/// A name may stand for several masters. While it cannot be resolved, what it stood for before is gone on with: a name server that is down
/// must not take the masters away. Source: CubeFS sdk/master/name_resolver.go.
/// </remarks>
/// <param name="resolve">The IPv4 addresses of a name.</param>
internal sealed class MasterNames(MasterSettings settings, Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider time)
{
    /// <summary>More addresses than this of one name are no masters.</summary>
    private const int AddressesMax = 16;

    private readonly Dictionary<string, Resolved> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every master as <c>ip:port</c>, in the order of the settings, each once.</summary>
    /// <param name="problems">What could not be resolved, one sentence each.</param>
    public async ValueTask<IReadOnlyList<string>> AddressesAsync(List<string> problems, CancellationToken cancel)
    {
        var addresses = new List<string>();
        foreach (var master in settings.Masters)
        {
            MasterSettings.TryParse(master, out var endPoint);
            if (IPAddress.TryParse(endPoint.Host, out var ip)) Add(addresses, ip, endPoint.Port);
            else
                foreach (var found in await ResolveAsync(endPoint.Host, problems, cancel).ConfigureAwait(false)) Add(addresses, found, endPoint.Port);
        }

        return addresses;
    }

    /// <summary>Every master as <c>ip:port</c>, as far as it is known without asking anybody.</summary>
    public IReadOnlyList<string> Known
    {
        get
        {
            var addresses = new List<string>();
            foreach (var master in settings.Masters)
            {
                MasterSettings.TryParse(master, out var endPoint);
                if (IPAddress.TryParse(endPoint.Host, out var ip)) Add(addresses, ip, endPoint.Port);
                else
                    lock (_known)
                        if (_known.TryGetValue(endPoint.Host, out var known))
                            foreach (var found in known.Addresses) Add(addresses, found, endPoint.Port);
            }

            return addresses;
        }
    }

    /// <summary>The system's resolver. It has no clock of ours: <see cref="MasterSettings.ResolveTimeout"/> bounds it.</summary>
    public static Task<IPAddress[]> FromSystem(string name, CancellationToken cancel) => Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, cancel);

    private static void Add(List<string> addresses, IPAddress ip, int port)
    {
        var address = $"{ip}:{port}";
        if (!addresses.Contains(address)) addresses.Add(address);
    }

    private async Task<IReadOnlyList<IPAddress>> ResolveAsync(string name, List<string> problems, CancellationToken cancel)
    {
        Resolved? known;
        lock (_known) _known.TryGetValue(name, out known);
        if (known is not null && time.GetElapsedTime(known.At) < settings.ConnectionLifetime) return known.Addresses;
        using var limit = new CancellationTokenSource(settings.ResolveTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            var found = await resolve(name, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            if (found.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
            known = new Resolved([.. found.Take(AddressesMax)], time.GetTimestamp());
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && e is SocketException or OperationCanceledException)
        {
            if (known is null)
            {
                problems.Add($"{name}: {(e is SocketException ? e.Message : $"its address was not found within {settings.ResolveTimeout.TotalSeconds:0.#} s")}");
                return [];
            }

            known = known with { At = time.GetTimestamp() }; // not asked for again at every call
        }

        lock (_known) _known[name] = known;
        return known.Addresses;
    }

    private sealed record Resolved(IReadOnlyList<IPAddress> Addresses, long At);
}
