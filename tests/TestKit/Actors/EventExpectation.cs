namespace CubeActors.TestKit;

/// <summary>Counts the events that fit while a test's action runs.</summary>
internal sealed class EventExpectation(Func<object, bool> fits)
{
    private int _seen;

    public int Seen => Volatile.Read(ref _seen);

    public void Observe(object message)
    {
        if (fits(message)) Interlocked.Increment(ref _seen);
    }
}
