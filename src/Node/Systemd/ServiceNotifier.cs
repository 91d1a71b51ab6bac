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
    private readonly BackgroundWork _telling;
    private readonly BackgroundWork? _proving;
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
        _telling = BackgroundWork.Every(Period, time, TellAsync);
        if (environment.Watchdog is { } watchdog) _proving = BackgroundWork.Every(watchdog / 2, time, stop => ProveAsync(watchdog / 2, stop));
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
        await _telling.DisposeAsync();
        if (_proving is not null) await _proving.DisposeAsync();
        _socket.Dispose();
    }

    private async Task TellAsync(CancellationToken stop)
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
        if (isUnderWay && await LivesAsync(Period, stop)) lines.Add(ServiceText.Extend(Extension)); // a node that hangs gets no more time
        if (lines.Count > 0) Send([.. lines]);
    }

    private async Task ProveAsync(TimeSpan period, CancellationToken stop)
    {
        if (await LivesAsync(period, stop)) Send(ServiceText.Alive);
        else if (!stop.IsCancellationRequested) _log.Error("The node has not answered itself within {Period}; the supervisor is not told that it lives", Quantity.FormatTime(period));
    }

    private async Task<bool> LivesAsync(TimeSpan deadline, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(deadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
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
