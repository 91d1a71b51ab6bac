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

/// <summary>What happened, in order; a repetition of the last entry is left out. Thread-safe.</summary>
internal sealed class Journal
{
    private readonly Lock _lock = new();
    private readonly List<string> _entries = [];

    public IReadOnlyList<string> Entries { get { lock (_lock) return [.. _entries]; } }

    public void Add(string entry)
    {
        lock (_lock)
            if (_entries.Count == 0 || _entries[^1] != entry) _entries.Add(entry);
    }
}
