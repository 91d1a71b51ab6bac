namespace CubeActors.Node;

/// <summary>Work beside the node that goes on until it ends by itself or is disposed.</summary>
/// <remarks>A fault of it comes out where it is disposed: whoever runs something that may fail handles that there and then.</remarks>
internal sealed class BackgroundWork : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private BackgroundWork(Func<CancellationToken, Task> work) => _running = RunAsync(work);

    /// <param name="work">Begins on the thread of the caller, up to its first wait. To end by the cancellation is to end well.</param>
    public static BackgroundWork Run(Func<CancellationToken, Task> work) => new(work);

    /// <summary>The same again and again, the first time after a period, and never twice at once.</summary>
    /// <param name="isOver">Asked before each wait: true to end; null to go on until the end.</param>
    public static BackgroundWork Every(TimeSpan period, TimeProvider time, Func<CancellationToken, Task> work, Func<bool>? isOver = null) => Run(async stop =>
    {
        using var timer = new PeriodicTimer(period, time);
        while (isOver?.Invoke() != true && await timer.WaitForNextTickAsync(stop)) await work(stop);
    });

    /// <inheritdoc cref="Every(TimeSpan, TimeProvider, Func{CancellationToken, Task}, Func{bool})"/>
    public static BackgroundWork Every(TimeSpan period, TimeProvider time, Action work, Func<bool>? isOver = null) => Every(
        period, time,
        _ =>
        {
            work();
            return Task.CompletedTask;
        },
        isOver);

    /// <summary>Waits until it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What it was stopped for.
        }
    }
}
