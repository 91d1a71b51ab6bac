using System.Net;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Writes down what is listened on and dialled, in order, and passes it on.</summary>
internal sealed class ObservedNetwork(INetwork inner, Journal journal) : INetwork
{
    public IListener Listen(IPEndPoint endPoint)
    {
        journal.Add($"listen {endPoint}");
        return inner.Listen(endPoint);
    }

    public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
    {
        journal.Add($"dial {endPoint}");
        return inner.ConnectAsync(endPoint, timeout, cancel);
    }
}

/// <summary>What a node did to the world outside it, in order. Thread-safe.</summary>
internal sealed class Journal
{
    private readonly Lock _lock = new();
    private readonly List<string> _entries = [];

    public IReadOnlyList<string> Entries { get { lock (_lock) return [.. _entries]; } }

    public void Add(string entry)
    {
        lock (_lock) _entries.Add(entry);
    }

    public int CountOf(string entry) => Entries.Count(one => one == entry);
}
