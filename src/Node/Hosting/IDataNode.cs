using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What the host needs of a data node.</summary>
internal interface IDataNode : IAsyncDisposable
{
    /// <summary>As the node sees itself now. Never blocks.</summary>
    NodeStatus Status { get; }

    /// <summary>The phase alone, which costs less to ask for.</summary>
    NodePhase Phase => Status.Phase;

    /// <summary>Completes when the node has answered itself; cancelled if it does not.</summary>
    Task ProveAliveAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>What operators and monitoring see and set; null where there is nothing to see.</summary>
    NodeSurface? Surface => null;

    /// <summary>Completes, with one sentence that says what to do, if the node cannot run as it is.</summary>
    Task<string> Fatal { get; }

    /// <summary>Returns when the ports are bound; loading and registering go on behind it.</summary>
    Task StartAsync();

    /// <summary>Answers what is in flight, closes the ports, syncs. Gives up when <paramref name="cancel"/> fires.</summary>
    Task StopAsync(CancellationToken cancel);
}
