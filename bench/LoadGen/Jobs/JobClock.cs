using System.Collections.Concurrent;

namespace CubeActors.LoadGen;

/// <summary>What the workers of one job share: the phase, the limits that end it, and the errors.</summary>
/// <remarks>Thread-safe. Phases only move forward: set-up, warm-up, measuring, stopping.</remarks>
internal sealed class JobClock(int workers, JobLimits limits) : IDisposable
{
    private const int SetUp = 0, WarmUp = 1, Measuring = 2, Stopping = 3;
    private const int ErrorKindsMax = 32;

    private readonly CountdownEvent _ready = new(workers);
    private readonly ManualResetEventSlim _started = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly ConcurrentDictionary<string, long> _errors = new();
    private volatile int _phase = SetUp;
    private long _operations;
    private long _errorCount;
    private long _writtenBytes;
    private string? _endedBecause;

    public bool IsMeasuring => _phase == Measuring;
    public bool IsStopping => _phase == Stopping;
    public long ErrorCount => Interlocked.Read(ref _errorCount);
    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>Why the job ended before its time; null if it did not.</summary>
    public string? EndedBecause => Volatile.Read(ref _endedBecause);

    /// <summary>Called once by each worker when it could begin, or found that it cannot. Returns when all may begin.</summary>
    public void AwaitStart()
    {
        _ready.Signal();
        _started.Wait();
    }

    /// <summary>Waits for all workers, lets them go, and returns after the warm-up, or earlier if the job has ended.</summary>
    public void RunWarmUp()
    {
        _ready.Wait();
        _phase = WarmUp;
        _started.Set();
        _ended.Wait(limits.WarmUp);
    }

    /// <summary>Returns when the measured time is over, or earlier if the job has ended.</summary>
    public void RunMeasured()
    {
        if (!_ended.IsSet) _phase = Measuring;
        _ended.Wait(limits.Duration);
        _phase = Stopping;
    }

    /// <summary>Ends the job early; the first reason stays.</summary>
    public void End(string reason)
    {
        Interlocked.CompareExchange(ref _endedBecause, reason, null);
        _ended.Set();
    }

    /// <returns>Whether this finished operation belongs to the result: it fell into the measured time and below the limit of
    /// operations.</returns>
    public bool Counts()
    {
        if (_phase != Measuring) return false;
        if (limits.Operations is not { } most) return true;
        var done = Interlocked.Increment(ref _operations);
        if (done == most) _ended.Set();
        return done <= most;
    }

    /// <summary>Adds to what the job has stored, which has a limit so that no forgotten run fills a disk.</summary>
    public void AddWritten(long bytes)
    {
        if (Interlocked.Add(ref _writtenBytes, bytes) >= limits.WrittenBytes)
            End($"it has written the {limits.WrittenBytes >> 20} MiB that --space allows");
    }

    /// <param name="operations">How many operations got no right answer because of this fault; at least 1.</param>
    public void ReportError(string text, int operations)
    {
        var key = _errors.ContainsKey(text) || _errors.Count < ErrorKindsMax ? text : "other errors";
        _errors.AddOrUpdate(key, operations, (_, before) => before + operations);
        if (Interlocked.Add(ref _errorCount, operations) >= limits.Errors)
            End($"{limits.Errors} operations have failed, which is the limit of --errors-max");
    }

    /// <summary>Waits before another attempt; returns at once when the job ends.</summary>
    public void Pause(TimeSpan time) => _ended.Wait(time);

    public void Dispose()
    {
        _ready.Dispose();
        _started.Dispose();
        _ended.Dispose();
    }
}

/// <param name="Duration">Of the measured part; infinite if only operations end it.</param>
/// <param name="Operations">Null: time alone ends it.</param>
/// <param name="WrittenBytes">What an append job may store, warm-up included, before it is ended.</param>
internal sealed record JobLimits(TimeSpan WarmUp, TimeSpan Duration, long? Operations, long WrittenBytes, long Errors);
