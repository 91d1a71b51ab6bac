using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary>How much of the node one kind of request takes.</summary>
internal enum RequestWeight
{
    /// <summary>Next to nothing, and a supervisor restarts the node if it is not answered: never refused.</summary>
    Probe,

    /// <summary>An answer from memory.</summary>
    Light,

    /// <summary>It asks actors or disks, or makes a page of everything.</summary>
    Heavy,

    /// <summary>Its answer goes on for as long as somebody reads it.</summary>
    Stream,
}

/// <summary>What the paths cost. Pure.</summary>
internal static class RequestWeights
{
    /// <remarks>Watches of health have a limit of their own, <see cref="HealthPaths.WatchesMax"/>, which is told in the words of gRPC.</remarks>
    private static readonly FrozenSet<string> Probes = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "/livez", "/readyz", "/healthyz", "/startupz", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch");

    /// <summary>The dashboard's, and the trace, which goes on for the seconds that it is of.</summary>
    private static readonly FrozenSet<string> Streams = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, InspectPaths.Root + "/events", InspectPaths.Root + "/runtime/trace");

    /// <summary>Answered by actors (the tree), from disks (extents, blocks, deletes), from all lines that are kept (the log), or by a walk over all partitions.</summary>
    private static readonly FrozenSet<string> Heavy = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "/metrics", "/partitions", "/partition", "/extent", "/block", "/getAllExtent", "/getTinyDeleted", "/getNormalDeleted", "/stats",
        InspectPaths.Root + "/actors", InspectPaths.Root + "/log", InspectPaths.Root + "/partitions", InspectPaths.Root + "/raft", InspectPaths.Root + "/members",
        InspectPaths.Root + "/operations", InspectPaths.Root + "/runtime/dump");

    /// <param name="route">Whose limit a heavy request counts for: all extents of all partitions are one.</param>
    public static RequestWeight Of(PathString path, out string route)
    {
        route = path.Value ?? "";
        if (Probes.Contains(route)) return RequestWeight.Probe;
        if (Streams.Contains(route)) return RequestWeight.Stream;
        if (path.StartsWithSegments(InspectPaths.Root + "/partitions", out var rest) && rest.Value?.EndsWith("/extents", StringComparison.OrdinalIgnoreCase) == true)
        {
            route = InspectPaths.Root + "/partitions/extents";
            return RequestWeight.Heavy;
        }

        if (!Heavy.TryGetValue(route, out var known)) return RequestWeight.Light;
        route = known;
        return RequestWeight.Heavy;
    }
}

/// <summary>Counts the requests that are being answered, and says which are too many. Thread-safe.</summary>
/// <param name="requestsMax">At once, of all paths together but probes and streams.</param>
/// <param name="heavyMax">At once of one path that costs much.</param>
/// <param name="streamsMax">Answers that go on, at once.</param>
internal sealed class RequestLimits(int requestsMax, int heavyMax, int streamsMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _heavy = []; // as many entries as there are heavy paths, at the most
    private int _requests, _streams;

    /// <returns>None: it is counted, until <see cref="Leave"/>.</returns>
    public Overload Enter(RequestWeight weight, string route)
    {
        if (weight == RequestWeight.Probe) return Overload.None;
        lock (_lock)
        {
            if (weight == RequestWeight.Stream)
            {
                if (_streams >= streamsMax) return Overload.Streams;
                _streams++;
                return Overload.None;
            }

            if (_requests >= requestsMax) return Overload.Requests;
            if (weight == RequestWeight.Heavy)
            {
                var running = _heavy.GetValueOrDefault(route);
                if (running >= heavyMax) return Overload.OfPath;
                _heavy[route] = running + 1;
            }

            _requests++;
            return Overload.None;
        }
    }

    /// <summary>The answer of one that entered is out.</summary>
    public void Leave(RequestWeight weight, string route)
    {
        if (weight == RequestWeight.Probe) return;
        lock (_lock)
        {
            if (weight == RequestWeight.Stream)
            {
                _streams--;
                return;
            }

            _requests--;
            if (weight == RequestWeight.Heavy && --_heavy[route] == 0) _heavy.Remove(route);
        }
    }
}
