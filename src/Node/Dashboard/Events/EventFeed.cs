using System.Threading.Channels;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>Where the events of a feed come from. Asked by one at a time.</summary>
internal interface IEventSource
{
    /// <summary>Told first to whoever begins to watch; null for nothing.</summary>
    ReadOnlyMemory<byte>? Greeting();

    /// <summary>How things are now, as one frame.</summary>
    Task<ReadOnlyMemory<byte>> SampleAsync(CancellationToken cancel);
}

/// <summary>One source for all who watch it: it is asked once a period, however many they are, and not at all while there are none.</summary>
/// <remarks>
/// Each event tells all of it, so that whoever is slow misses events and nothing else: the newest one takes the place of one that still waits. Thread-safe.
/// </remarks>
/// <param name="rest">How long it rests after a look that took so long; asked by one at a time.</param>
internal sealed class EventFeed(IEventSource source, Func<TimeSpan, TimeSpan> rest, TimeProvider time, ILogger log, CancellationToken stopping)
{
    private readonly Lock _lock = new();
    private readonly List<Watch> _watches = [];
    private ReadOnlyMemory<byte>? _newest;
    private bool _isRunning;

    /// <summary>How many watch now.</summary>
    public int Watchers
    {
        get
        {
            lock (_lock) return _watches.Count;
        }
    }

    /// <summary>It looks once a period. Ends, and with it what greets who comes, with the first period at whose end nobody watches.</summary>
    internal bool IsRunning
    {
        get
        {
            lock (_lock) return _isRunning;
        }
    }

    /// <summary>Begins to watch; disposing the watch ends it.</summary>
    public Watch Begin()
    {
        var watch = new Watch(this);
        lock (_lock)
        {
            if (_newest is { } newest) watch.Offer(newest);
            _watches.Add(watch);
            if (_isRunning) return watch;
            _isRunning = true;
        }

        _ = Task.Run(RunAsync, CancellationToken.None); // ends with the last watch; its failures go to whoever watches
        return watch;
    }

    private async Task RunAsync()
    {
        try
        {
            while (IsWanted())
            {
                var began = time.GetTimestamp();
                Publish(await source.SampleAsync(stopping).ConfigureAwait(false));
                await Task.Delay(rest(time.GetElapsedTime(began)), time, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Abandon(); // the node stops
        }
        catch (Exception failure)
        {
            // Nobody had foreseen it. Pages come back after a while, which begins anew.
            log.Error(failure, "What the dashboard shows could not be put together");
            Abandon();
        }
    }

    private bool IsWanted()
    {
        lock (_lock)
        {
            if (_watches.Count > 0) return true;
            (_isRunning, _newest) = (false, null); // what is old by then greets nobody
            return false;
        }
    }

    private void Publish(ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            _newest = frame;
            foreach (var watch in _watches) watch.Offer(frame);
        }
    }

    private void Abandon()
    {
        lock (_lock)
        {
            (_isRunning, _newest) = (false, null);
            foreach (var watch in _watches) watch.End();
            _watches.Clear();
        }
    }

    private void Leave(Watch watch)
    {
        lock (_lock) _watches.Remove(watch);
    }

    /// <summary>The frames for one who watches.</summary>
    public sealed class Watch(EventFeed feed) : IDisposable
    {
        private readonly Channel<ReadOnlyMemory<byte>> _frames =
            Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        /// <summary>Completed when the feed has ended.</summary>
        public ChannelReader<ReadOnlyMemory<byte>> Frames => _frames.Reader;

        public void Dispose()
        {
            feed.Leave(this);
            End();
        }

        internal void Offer(ReadOnlyMemory<byte> frame) => _frames.Writer.TryWrite(frame);

        internal void End() => _frames.Writer.TryComplete();
    }
}
