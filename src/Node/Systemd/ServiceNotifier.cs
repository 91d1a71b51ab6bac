using CubeActors.Actors;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>Tells the supervisor of the process how the node is, and that it lives. Made when the ports answer and the configuration has proved usable.</summary>
/// <remarks>
/// READY=1 is sent then, and not when everything is loaded: from then on requests are served or wait as they should, and what is left depends on
/// masters and disks that a restart would not cure. How far the node is says STATUS, and /readyz to those who
/// restart one node after the other. A setting makes it wait for that instead.
/// </remarks>
internal sealed class ServiceNotifier : IAsyncDisposable
{
    /// <summary>How often the supervisor is told what has changed, and given more time.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>More time for a start or stop that goes on. Several periods, so that one that is late costs nothing; short, so that a node that hangs is found.</summary>
    public static readonly TimeSpan Extension = TimeSpan.FromSeconds(15);

    private readonly NotifySocket _socket;
    private readonly ServiceEnvironment _environment;
    private readonly bool _readyWhenServing;
    private readonly Func<NodeStatus> _status;
    private readonly Func<TimeSpan?> _left;
    private readonly Func<CancellationToken, Task> _prove;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private string _told = ""; // the last status
    private bool _isReady;
    private bool _hasFailed;
    private volatile bool _isStopping;

    /// <param name="readyWhenServing">READY=1 waits until the node is ready.</param>
    /// <param name="left">Estimated rest of the loading.</param>
    /// <param name="prove">Completes when the node has shown that it lives: a message went through its supervisor's mailbox.</param>
    public ServiceNotifier(
        NotifySocket socket, ServiceEnvironment environment, bool readyWhenServing, Func<NodeStatus> status, Func<TimeSpan?> left, Func<CancellationToken, Task> prove, TimeProvider time,
        ILogger log)
    {
        (_socket, _environment, _readyWhenServing, _status, _left, _prove, _time, _log) = (socket, environment, readyWhenServing, status, left, prove, time, log);
        if (!readyWhenServing) Send(ServiceText.Ready, _told = ServiceText.Status(status(), left()));
        _running = Task.WhenAll(TellAsync(), environment.Watchdog is { } watchdog ? ProveAsync(watchdog / 2) : Task.CompletedTask);
    }

    /// <returns>Null if nobody wants to be told.</returns>
    /// <param name="log">Told why nobody can be told.</param>
    public static ServiceNotifier? Start(ServiceEnvironment environment, NodeHost host, bool readyWhenServing, TimeProvider time, ILogger log)
    {
        var socket = NotifySocket.Open(environment.NotifyAddress, out var problem);
        if (problem.Length > 0) log.Warning("{Problem:l}", problem);
        return socket is null ? null : new ServiceNotifier(socket, environment, readyWhenServing, () => host.Status, () => host.LoadingLeft, host.ProveAliveAsync, time, log);
    }

    /// <summary>The process was told to stop, or ends because of <paramref name="reason"/>.</summary>
    public void Stopping(string? reason)
    {
        _isStopping = true;
        Send(ServiceText.Stopping, reason is null ? ServiceText.Status(_status(), null) : ServiceText.Failed(reason), ServiceText.Extend(Extension));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _socket.Dispose();
    }

    private async Task TellAsync()
    {
        using var timer = new PeriodicTimer(Period, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var status = _status();
                var lines = new List<string>();
                if (_readyWhenServing && !_isReady && status.Phase == NodePhase.Ready)
                {
                    _isReady = true;
                    lines.Add(ServiceText.Ready);
                }

                var text = ServiceText.Status(status, _left());
                if (text != _told && !_isStopping) lines.Add(_told = text);
                var isUnderWay = _isStopping || (_readyWhenServing && !_isReady);
                if (isUnderWay && await LivesAsync(Period)) lines.Add(ServiceText.Extend(Extension)); // a node that hangs gets no more time
                if (lines.Count > 0) Send([.. lines]);
            }
        }
        catch (OperationCanceledException)
        {
            // The node has ended.
        }
    }

    private async Task ProveAsync(TimeSpan period)
    {
        using var timer = new PeriodicTimer(period, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (await LivesAsync(period)) Send(ServiceText.Alive);
                else if (!_stop.IsCancellationRequested) _log.Error("The node has not answered itself within {Period}; the supervisor is not told that it lives", Quantity.FormatTime(period));
            }
        }
        catch (OperationCanceledException)
        {
            // The node has ended.
        }
    }

    private async Task<bool> LivesAsync(TimeSpan deadline)
    {
        using var limit = new CancellationTokenSource(deadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            await _prove(either.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Send(params string[] lines)
    {
        if (_socket.Send(string.Join('\n', lines)) is not { } problem || _hasFailed) return;
        _hasFailed = true; // said once: it fails every second from then on
        _log.Warning("The supervisor of the process cannot be told anything: {Problem}", problem);
    }
}
