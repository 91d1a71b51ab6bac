using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Decides which requests are traced, and puts their spans, and those of all operations, into the queue. Thread-safe; never waits.</summary>
/// <remarks>Sampled is what the ids say, so that a trace is whole or not there. Slow requests come besides, a few a second: when a disk stands still, all are slow.</remarks>
/// <param name="self">Data address of this node; asked each time, because a master may have to tell it first.</param>
internal sealed class Tracer(TelemetrySettings settings, SpanQueue queue, Func<string> self, TimeProvider time) : ITraceSink
{
    private long _second; // that _slow counts
    private int _slow;

    public bool Wants(in RequestKey request, bool isSlow) => TraceIds.IsSampled(TraceIds.Of(request), settings.SampleOneIn) || (isSlow && TakesSlow());

    public void Answered(in TracedRequest request) => queue.Add(RequestSpans.Of(request, self()));

    public void Ended(OperationEntry operation) => queue.Add(OperationSpans.Of(operation, time.GetUtcNow()));

    /// <summary>Two threads at the turn of a second may let one more pass: it is a limit on work, not an account.</summary>
    private bool TakesSlow()
    {
        var now = time.GetTimestamp() / time.TimestampFrequency;
        if (Interlocked.Exchange(ref _second, now) != now) Volatile.Write(ref _slow, 0);
        return Interlocked.Increment(ref _slow) <= settings.SlowPerSecond;
    }
}
