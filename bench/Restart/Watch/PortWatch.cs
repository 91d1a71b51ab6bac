using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace CubeActors.Restart;

/// <summary>Connects to a port again and again on a thread of its own: when it refuses and when it accepts.</summary>
/// <remarks>A refusal of a loopback or local port comes at once, so that the resolution is the pause.</remarks>
internal sealed class PortWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>While it accepts: a node that works is not to be busy with us, nor is the queue of a port that nobody serves for the moment.</summary>
    private static readonly TimeSpan CalmPause = TimeSpan.FromMilliseconds(20);

    /// <summary>When all is known that is to be known of a start: five ports together would else be 250 connections a second for a node that loads.</summary>
    private static readonly TimeSpan KnownPause = TimeSpan.FromMilliseconds(500);

    private readonly Thread _thread;
    private readonly IPEndPoint _endPoint;
    private readonly Lock _lock = new();
    private long _lastAccepted;
    private long _acceptedAfterRefusal;
    private long _refusals;
    private readonly AutoResetEvent _begun = new(false);
    private volatile bool _stopping;

    public PortWatch(string name, IPEndPoint endPoint)
    {
        (Name, _endPoint) = (name, endPoint);
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = $"watch {name}" };
        _thread.Start();
    }

    public string Name { get; }

    /// <summary>Forgets what it has seen.</summary>
    public void Begin()
    {
        lock (_lock) (_lastAccepted, _acceptedAfterRefusal, _refusals) = (0, 0, 0);
        _begun.Set();
    }

    /// <summary>Attempts that were refused since <see cref="Begin"/>.</summary>
    public long Refusals { get { lock (_lock) return _refusals; } }

    /// <summary>Timestamp of the first connection after refusals; null if none was refused, or it still is.</summary>
    public long? AcceptedAgainAt { get { lock (_lock) return _acceptedAfterRefusal == 0 ? null : _acceptedAfterRefusal; } }

    /// <summary>From the last connection before the refusals to the first after them; zero if none was refused.</summary>
    public TimeSpan? RefusedFor
    {
        get
        {
            lock (_lock)
                return _refusals == 0 ? TimeSpan.Zero
                    : _acceptedAfterRefusal == 0 || _lastAccepted == 0 ? null : Stopwatch.GetElapsedTime(_lastAccepted, _acceptedAfterRefusal);
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _begun.Set();
        _thread.Join();
        _begun.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            var accepted = Connects();
            var now = Stopwatch.GetTimestamp();
            bool isKnown;
            lock (_lock)
            {
                if (!accepted) _refusals++;
                else if (_refusals == 0) _lastAccepted = now;
                else if (_acceptedAfterRefusal == 0) _acceptedAfterRefusal = now;
                isKnown = _acceptedAfterRefusal != 0;
            }

            if (isKnown) _begun.WaitOne(KnownPause);
            else Thread.Sleep(accepted ? CalmPause : Pause);
        }
    }

    private bool Connects()
    {
        try
        {
            using var socket = new Socket(_endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            socket.Connect(_endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
