using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>What all operations of one client share.</summary>
internal sealed class ClientContext(ClientSettings settings, INetwork network, TimeProvider time, BufferPool buffers) : IDisposable
{
    public ClientSettings Settings => settings;
    public TimeProvider Time => time;
    public BufferPool Buffers => buffers;

    /// <summary>For creates, appends and deletes; see <see cref="DataConnectionPool"/> for why reads have their own.</summary>
    public DataConnectionPool Writes { get; } = new(network, time, settings);

    public DataConnectionPool Reads { get; } = new(network, time, settings);

    public Task PauseAsync(CancellationToken cancel) => Task.Delay(settings.RetryPause, time, cancel);

    public void Dispose()
    {
        Writes.Dispose();
        Reads.Dispose();
    }
}
