namespace CubeActors.Actors;

/// <summary>Those that wait for one kind of work on one disk, in the order in which they get a place. Pure.</summary>
/// <remarks>
/// The more urgent first, of equals whoever has waited longest. One place in <see cref="FairTurn"/> goes to whoever has waited longest of all, so that nobody waits
/// for ever behind those in danger. Who cannot pass because his peer is full does not hold up who can. Adding and removing take time by the logarithm.
/// </remarks>
internal sealed class BudgetRow<T> where T : class
{
    /// <summary>Chosen by us: those in danger get seven places of eight.</summary>
    public const int FairTurn = 8;

    private readonly SortedSet<Entry> _byUrgency = new(Comparer<Entry>.Create(Compare));
    private readonly SortedSet<Entry> _byAge = new(Comparer<Entry>.Create(static (a, b) => a.Number.CompareTo(b.Number)));
    private long _last;
    private int _turn;

    public int Count => _byAge.Count;

    /// <summary>The most urgent of all that wait; null if nobody does.</summary>
    public Urgency? MostUrgent => _byUrgency.Count == 0 ? null : _byUrgency.Min!.Urgency;

    /// <summary>Puts one behind all that are as urgent.</summary>
    /// <returns>What <see cref="Remove"/> takes.</returns>
    public Entry Add(T value, Urgency urgency)
    {
        var entry = new Entry(value, urgency, ++_last);
        _byUrgency.Add(entry);
        _byAge.Add(entry);
        return entry;
    }

    /// <returns>False if it is not in the row any more.</returns>
    public bool Remove(Entry entry)
    {
        _byUrgency.Remove(entry);
        return _byAge.Remove(entry);
    }

    /// <summary>Takes the next one out that may pass.</summary>
    /// <returns>Null if none may.</returns>
    public T? Take(Func<T, bool> mayPass)
    {
        if (Count == 0) return null;
        var isFair = _turn + 1 >= FairTurn;
        foreach (var entry in isFair ? _byAge : _byUrgency)
        {
            if (!mayPass(entry.Value)) continue;
            _turn = isFair ? 0 : _turn + 1;
            Remove(entry);
            return entry.Value;
        }

        return null;
    }

    private static int Compare(Entry a, Entry b)
    {
        var order = b.Urgency.CompareTo(a.Urgency);
        return order != 0 ? order : a.Number.CompareTo(b.Number);
    }

    /// <summary>One that waits.</summary>
    /// <param name="Number">Rises with each that came.</param>
    public sealed record Entry(T Value, Urgency Urgency, long Number);
}
