using System.Collections.Concurrent;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One task at a time for each replica of a partition: a follower drops a second one, and one of CubeFS would run both at once. Thread-safe.</summary>
/// <remarks>As many entries as the partition has had members since it was opened.</remarks>
internal sealed class RepairTurns
{
    private readonly ConcurrentDictionary<string, CountLimit> _hosts = new();

    /// <summary>Waits until no other task of this leader is out to the host, first come first served. <see cref="CountLimit.Exit"/> follows.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired first: nothing is held.</exception>
    public async Task<CountLimit> EnterAsync(string host, CancellationToken cancel)
    {
        var turn = _hosts.GetOrAdd(host, static _ => new CountLimit());
        await turn.EnterAsync(1, cancel).ConfigureAwait(false);
        return turn;
    }
}
