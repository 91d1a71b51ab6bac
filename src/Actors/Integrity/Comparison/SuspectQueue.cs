using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The blocks of one disk that wait to be compared, each once. Bounded; thread-safe; never calls anybody under its lock.</summary>
/// <remarks>Readers put blocks in with an extent's lock held: so it does nothing but keep its lists.</remarks>
/// <param name="max">Blocks that wait or are being compared.</param>
/// <param name="quiet">For so long a block that could not be set right is not taken again.</param>
/// <param name="figures">Counts what readers find.</param>
internal sealed class SuspectQueue(int max, TimeSpan quiet, TimeProvider time, IntegrityBoard? figures = null)
{
    /// <summary>Called, on any thread, when there is something to take that was not there before. Must return at once.</summary>
    public Action Wake { get; set; } = static () => { };

    private readonly Lock _lock = new();
    private readonly LinkedList<Suspect> _waiting = new();
    private readonly HashSet<BlockPlace> _known = []; // waiting, or being compared
    private readonly HashSet<PartitionId> _busy = [];
    private readonly Dictionary<BlockPlace, long> _reported = []; // until when they are left alone
    private long _dropped;

    public int Count { get { lock (_lock) return _known.Count; } }

    /// <summary>Blocks that were not taken because too many wait.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>A reader has found a block that does not match its stored CRC.</summary>
    public void Mismatch(BlockPlace place)
    {
        figures?.Mismatch();
        Offer(place, isDirect: false);
    }

    /// <returns>False if it is known already, was reported a short time ago, or too many wait.</returns>
    public bool Offer(BlockPlace place, bool isDirect)
    {
        lock (_lock)
        {
            if (_known.Contains(place)) return false;
            if (_reported.TryGetValue(place, out var until))
            {
                if (time.GetTimestamp() < until) return false;
                _reported.Remove(place);
            }

            if (_known.Count >= max)
            {
                Interlocked.Increment(ref _dropped);
                return false;
            }

            _known.Add(place);
            _waiting.AddLast(new Suspect(place, isDirect));
        }

        Wake();
        return true;
    }

    /// <summary>Takes the first that is due, of a partition of which none is being compared. <see cref="Return"/> or <see cref="End"/> follows.</summary>
    /// <param name="wait">If there is none: how long until one is; null if nothing can become due by itself.</param>
    public Suspect? Take(out TimeSpan? wait)
    {
        wait = null;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            long? next = null;
            for (var node = _waiting.First; node is not null; node = node.Next)
            {
                if (_busy.Contains(node.Value.Place.Partition)) continue;
                if (node.Value.Due > now)
                {
                    next = Math.Min(next ?? long.MaxValue, node.Value.Due);
                    continue;
                }

                _waiting.Remove(node);
                _busy.Add(node.Value.Place.Partition);
                return node.Value;
            }

            if (next is { } due) wait = time.GetElapsedTime(now, due);
            return null;
        }
    }

    /// <summary>It is to be looked at again.</summary>
    public void Return(Suspect suspect, TimeSpan pause)
    {
        lock (_lock)
        {
            suspect.Due = time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);
            _busy.Remove(suspect.Place.Partition);
            _waiting.AddLast(suspect);
        }
    }

    /// <summary>It is settled.</summary>
    /// <param name="staysDamaged">Every reader finds it again.</param>
    public void End(Suspect suspect, bool staysDamaged)
    {
        lock (_lock)
        {
            _busy.Remove(suspect.Place.Partition);
            _known.Remove(suspect.Place);
            if (!staysDamaged) return;
            var now = time.GetTimestamp();
            if (_reported.Count >= max)
                foreach (var over in _reported.Where(known => known.Value <= now).Select(known => known.Key).ToList()) _reported.Remove(over);
            // Full of those of the last hour: then it is compared, and said, once more.
            if (_reported.Count < max) _reported[suspect.Place] = now + (long)(quiet.TotalSeconds * time.TimestampFrequency);
        }
    }
}
