namespace CubeActors.Actors.Tests;

/// <summary>A test with a node of its own. When it ends its peers are closed, the node is stopped and nothing of it may be left.</summary>
public abstract class NodeTest : IAsyncLifetime
{
    private readonly List<IDisposable> _opened = [];

    private protected RunningNode Node { get; private set; } = null!;

    private protected virtual NodeOptions Options => new();

    public async Task InitializeAsync()
    {
        Node = await RunningNode.StartAsync(Options);
        await PrepareAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var peer in _opened) peer.Dispose();
        foreach (var follower in _opened.OfType<ScriptedFollower>()) await follower.Completion.Soon();
        await Node.StopAsync();
        Node.DeleteFiles();
    }

    /// <summary>What every test of a class starts from.</summary>
    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    private protected async Task<PacketPeer> ConnectAsync() => Keep(await Node.ConnectAsync());

    /// <summary>Closed when the test ends.</summary>
    private protected T Keep<T>(T opened) where T : IDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    /// <summary>Goes on with a node that was started anew on the files of the last one, which is stopped.</summary>
    private protected void Replace(RunningNode node) => Node = node;

    /// <summary>Closes all peers and starts the node anew on its files.</summary>
    private protected async Task RestartAsync()
    {
        foreach (var peer in _opened) peer.Dispose();
        _opened.Clear();
        Node = await Node.RestartAsync(Options);
    }
}
