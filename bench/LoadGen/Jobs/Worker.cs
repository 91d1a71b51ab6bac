using System.Diagnostics;

namespace CubeActors.LoadGen;

/// <summary>
/// One connection of a job on a thread of its own: keeps requests in flight and measures each from its send to its last byte.
/// </summary>
/// <remarks>
/// A fault ends the session, counts every request in flight as an error, and after a pause a new session begins on a new connection. Only
/// where a raft leader has changed, what was in flight is asked of the new one and counts for nothing. The measured loop allocates nothing.
/// </remarks>
internal abstract class Worker(JobClock clock, int depth, TimeSpan timeout)
{
    /// <summary>Between two sessions: a node that refuses must not be hammered, and a restarting one is found again soon.</summary>
    private static readonly TimeSpan FaultPause = TimeSpan.FromMilliseconds(100);

    private const int StackBytes = 256 * 1024; // sixty-four threads need not reserve 8 MiB each

    private readonly long[] _sentAt = new long[depth];
    private Thread? _thread;
    private bool _hasStarted;

    /// <summary>Of the measured operations; to be read after <see cref="Join"/>, as the other results.</summary>
    public LatencyHistogram Latency { get; } = new();
    public long Bytes { get; private set; }

    protected JobClock Clock => clock;
    protected int Depth => depth;
    /// <summary>How long one send or receive may stand still.</summary>
    protected TimeSpan StandstillLimit => timeout;

    /// <summary>Requests without their reply.</summary>
    protected abstract int InFlight { get; }

    public void Start()
    {
        _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "connection" };
        _thread.Start();
    }

    public void Join() => _thread?.Join();

    /// <summary>Where the next session connects to.</summary>
    /// <exception cref="NodeFault">It cannot be found out.</exception>
    protected abstract string FindAddress();
    /// <summary>Takes a fresh connection; what was in flight on the last one is forgotten.</summary>
    protected abstract void Open(NodeConnection connection);
    /// <summary>The session is over: gives up what <see cref="Open"/> and the requests after it have opened.</summary>
    protected virtual void Close() { }
    /// <summary>Called with nothing in flight, before a send: makes room for it where there is none.</summary>
    /// <returns>False if it must be called again with nothing in flight.</returns>
    protected abstract bool MakeReady();
    /// <summary>Sends the next request.</summary>
    protected abstract void Send();
    /// <summary>Waits for the reply to the oldest request in flight, checks it, and returns its bytes of payload.</summary>
    protected abstract int Receive();

    private void Run()
    {
        while (!clock.IsStopping)
        {
            var opened = false;
            try
            {
                using var connection = new NodeConnection(FindAddress(), timeout);
                Open(connection);
                opened = true;
                MakeReady();
                AwaitStart();
                RunSession();
            }
            catch (NodeFault e) when (e.IsElsewhere && opened)
            {
                AwaitStart(); // the next session begins with a search
            }
            catch (NodeFault e)
            {
                clock.ReportError(e.Message, opened ? Math.Max(1, InFlight) : 1);
                AwaitStart(); // a worker that cannot connect must not keep the others waiting
                clock.Pause(FaultPause);
            }
            finally
            {
                Close();
            }
        }
    }

    private void AwaitStart()
    {
        if (_hasStarted) return;
        _hasStarted = true;
        clock.AwaitStart();
    }

    private void RunSession()
    {
        var oldest = 0;
        while (true)
        {
            while (InFlight < depth && !clock.IsStopping && MakeReady())
            {
                _sentAt[(oldest + InFlight) % depth] = Stopwatch.GetTimestamp();
                Send();
            }

            if (InFlight == 0)
            {
                if (clock.IsStopping) return;
                continue;
            }

            var bytes = Receive();
            if (clock.Counts())
            {
                Latency.Record(Stopwatch.GetElapsedTime(_sentAt[oldest]));
                Bytes += bytes;
            }

            oldest = (oldest + 1) % depth;
        }
    }
}
