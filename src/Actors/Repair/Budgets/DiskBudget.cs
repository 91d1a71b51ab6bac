using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What repair, scrubbing and deletes may do on one disk: so many streams at a time, and a rate that gives way to clients. Thread-safe.</summary>
/// <remarks>
/// A place on the disk and one of the peer are taken together or not at all: who waits holds nothing, so that no circle of waiting can form on a node. Nor between nodes:
/// whoever fetches has its places before it asks the source, and <see cref="TryServe"/> at the source answers at once, yes or no. Rates are waited for, but time alone
/// fills them. Its lock is that of the node's <see cref="TrafficBudgets"/>.
/// </remarks>
internal sealed class DiskBudget
{
    /// <summary>What a bucket holds at the least: one range of a repair.</summary>
    private const long BurstMin = BufferPool.LargeBytes;

    /// <summary>And at the most, as a part of a second's rate: a burst must not be felt.</summary>
    private const long BurstShare = 20;

    private readonly TrafficBudgets _node;
    private readonly Lane[] _lanes;
    private readonly StripedCounters _cachedReads = new(1);
    private IWorkQueue? _threads;
    private ClientLoad _seenLoad;
    private long _seenReads;
    private long _seenAt;
    private int _step = YieldRules.StepMax;
    private double _pressure;
    private int _serving;
    private long _refusedServes;

    internal DiskBudget(TrafficBudgets node, string path)
    {
        (_node, Path, _seenAt) = (node, path, node.Time.GetTimestamp());
        _lanes = [.. TrafficClasses.All.Select(kind => new Lane(kind, node.Settings.Of(kind), new TokenBucket(node.Time.TimestampFrequency)))];
        SetRates();
    }

    /// <summary>The disk's root, as configured.</summary>
    public string Path { get; }

    /// <summary>Is told the bytes a second that repair may move, 0 for no limit, each time that they change. No lock is held.</summary>
    public Action<long> RepairPaced { get; set; } = static _ => { };

    /// <summary>The threads of the disk, by which it is seen whether clients are busy.</summary>
    public void Watch(IWorkQueue threads) => _threads = threads;

    /// <summary>A block was served to a client without the disk's threads.</summary>
    public void CountCachedRead() => _cachedReads.Add(0, 1);

    /// <summary>Waits for a place among the streams of its class on this disk and of the peer, then for the first bytes.</summary>
    /// <param name="peer"><c>ip:port</c> of the node that is read from; empty where nobody is.</param>
    /// <param name="bytes">To be moved first, of deletes pieces; what comes after is asked for by the ticket.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired first: nothing is held.</exception>
    /// <exception cref="BudgetRefusedException">Too many wait.</exception>
    public async ValueTask<BudgetTicket> EnterAsync(TrafficClass kind, string peer, long bytes, CancellationToken cancel, Urgency urgency = default)
    {
        cancel.ThrowIfCancellationRequested();
        var lane = _lanes[(int)kind];
        Waiter waiter;
        BudgetRow<Waiter>.Entry entry;
        lock (_node.Lock)
        {
            if (lane.Row.Count >= _node.Settings.WaitingMax)
            {
                lane.Refused++;
                throw new BudgetRefusedException(kind, Path);
            }

            waiter = new Waiter(peer.Length == 0 ? null : _node.PeerOf(PeerBudget.NameOf(peer)), urgency, _node.Time.GetTimestamp());
            if (waiter.Peer is not null) waiter.Peer.Waiting++;
            entry = lane.Row.Add(waiter, urgency);
        }

        _node.Pump();
        BudgetTicket ticket;
        if (waiter.Turn.Task.IsCompleted) ticket = await waiter.Turn.Task.ConfigureAwait(false);
        else await using (cancel.UnsafeRegister(_ => Withdraw(lane, entry, cancel), null)) ticket = await waiter.Turn.Task.ConfigureAwait(false);
        try
        {
            await ticket.SpendAsync(bytes, cancel).ConfigureAwait(false);
            return ticket;
        }
        catch
        {
            ticket.Dispose();
            throw;
        }
    }

    /// <summary>Lets another node read here, or says at once that it cannot: nobody waits at the source while he holds a place of his own.</summary>
    /// <param name="peer"><c>ip:port</c> of the reader.</param>
    /// <param name="bytes">That it asks for.</param>
    /// <returns>Null: it is to come again.</returns>
    public ServeTicket? TryServe(string peer, long bytes)
    {
        lock (_node.Lock)
        {
            var budget = _node.PeerOf(PeerBudget.NameOf(peer));
            var now = _node.Time.GetTimestamp();
            if (_serving >= _node.Settings.ServesPerDisk || budget.Serving >= _node.Settings.StreamsToPeer || !budget.To.Has(bytes, now))
            {
                _refusedServes++;
                budget.Refused++;
                return null;
            }

            budget.To.Take(bytes, now);
            budget.BytesServed += bytes;
            budget.Serving++;
            _serving++;
            return new ServeTicket(this, budget);
        }
    }

    /// <summary>Takes one piece of the rate of deletes.</summary>
    /// <returns>False if there have been too many: the sender keeps the rest and comes again.</returns>
    public bool TryDelete()
    {
        var lane = _lanes[(int)TrafficClass.Delete];
        lock (_node.Lock)
        {
            var now = _node.Time.GetTimestamp();
            if (!lane.Rate.Has(1, now))
            {
                lane.Refused++;
                return false;
            }

            lane.Rate.Take(1, now);
            lane.Entered++;
            lane.Amount++;
            return true;
        }
    }

    internal bool IsWanted(TrafficClass kind, Urgency urgency)
    {
        lock (_node.Lock) return _lanes[(int)kind].Row.MostUrgent is { } waiting && waiting.CompareTo(urgency) > 0;
    }

    internal async ValueTask SpendAsync(TrafficClass kind, PeerBudget? peer, long amount, CancellationToken cancel)
    {
        if (amount <= 0) return;
        var lane = _lanes[(int)kind];
        TimeSpan wait;
        lock (_node.Lock)
        {
            // Taken at once and waited for after: so those who share a rate wait in the order in which they asked.
            var now = _node.Time.GetTimestamp();
            var ready = Math.Max(lane.Rate.ReadyAt(amount, now), peer?.From.ReadyAt(amount, now) ?? now);
            lane.Rate.Take(amount, now);
            lane.Amount += amount;
            if (peer is not null)
            {
                peer.From.Take(amount, now);
                peer.BytesFetched += amount;
            }

            wait = _node.Time.GetElapsedTime(now, ready);
            lane.Paced += wait;
        }

        if (wait > TimeSpan.Zero) await Task.Delay(wait, _node.Time, cancel).ConfigureAwait(false);
    }

    internal void Return(TrafficClass kind, PeerBudget? peer)
    {
        lock (_node.Lock)
        {
            var lane = _lanes[(int)kind];
            Invariant.Check(lane.Running > 0);
            lane.Running--;
            if (kind == TrafficClass.Repair) _node.Repairing--;
            if (peer is not null) peer.Fetching--;
        }

        _node.Pump();
    }

    internal void ReturnServed(PeerBudget peer)
    {
        lock (_node.Lock)
        {
            Invariant.Check(_serving > 0 && peer.Serving > 0);
            _serving--;
            peer.Serving--;
        }
    }

    /// <summary>Under the lock: lets in whoever may pass. They are told afterwards, without the lock.</summary>
    internal void Admit(List<(Waiter Waiter, BudgetTicket Ticket)> admitted)
    {
        foreach (var lane in _lanes)
        {
            while (HasPlace(lane) && lane.Row.Take(MayPass) is { } waiter)
            {
                lane.Running++;
                lane.Entered++;
                lane.Waited += _node.Time.GetElapsedTime(waiter.AskedAt);
                if (lane.Kind == TrafficClass.Repair) _node.Repairing++;
                if (waiter.Peer is { } peer)
                {
                    peer.Waiting--;
                    peer.Fetching++;
                }

                admitted.Add((waiter, new BudgetTicket(this, lane.Kind, waiter.Peer, waiter.Urgency)));
            }
        }
    }

    /// <summary>Looks at what clients had of the disk since the last time, and sets the rates by it.</summary>
    internal void Refresh()
    {
        var load = _threads?.ClientLoad ?? default;
        var reads = _cachedReads.Sum(0);
        long pace;
        lock (_node.Lock)
        {
            var now = _node.Time.GetTimestamp();
            var since = new ClientLoad(load.Items - _seenLoad.Items, load.Waited - _seenLoad.Waited, load.Busy - _seenLoad.Busy);
            _pressure = YieldRules.Pressure(since, reads - _seenReads, _node.Time.GetElapsedTime(_seenAt, now), _node.Settings);
            (_seenLoad, _seenReads, _seenAt) = (load, reads, now);
            var step = YieldRules.Next(_step, _pressure);
            if (step == _step) return;
            _step = step;
            SetRates();
            pace = _lanes[(int)TrafficClass.Repair].Rate.Rate;
        }

        RepairPaced(pace);
    }

    /// <summary>Streams of a class that are under way on this disk.</summary>
    public int Running(TrafficClass kind)
    {
        lock (_node.Lock) return _lanes[(int)kind].Running;
    }

    internal DiskBudgetFigures Figures() => new(
        Path, _step, _pressure, _serving, _refusedServes,
        [.. _lanes.Select(lane => new TrafficFigures(lane.Kind, lane.Limits.Streams, lane.Running, lane.Row.Count, lane.Rate.Rate, lane.Entered, lane.Amount, lane.Waited, lane.Paced, lane.Refused))]);

    private bool HasPlace(Lane lane) => lane.Running < lane.Limits.Streams && (lane.Kind != TrafficClass.Repair || _node.Repairing < _node.RepairsMax);

    private bool MayPass(Waiter waiter) => waiter.Peer is null || waiter.Peer.Fetching < _node.Settings.StreamsFromPeer;

    private void SetRates()
    {
        var now = _node.Time.GetTimestamp();
        foreach (var lane in _lanes)
        {
            var rate = YieldRules.Rate(_step, lane.Limits);
            lane.Rate.Set(rate, lane.Kind == TrafficClass.Delete ? DeleteRate.Burst : Math.Max(BurstMin, rate / BurstShare), now);
        }
    }

    private void Withdraw(Lane lane, BudgetRow<Waiter>.Entry entry, CancellationToken cancel)
    {
        lock (_node.Lock)
        {
            if (!lane.Row.Remove(entry)) return; // its turn came at this very moment
            if (entry.Value.Peer is { } peer) peer.Waiting--;
        }

        entry.Value.Turn.SetCanceled(cancel);
    }

    /// <summary>Who waits for a place.</summary>
    internal sealed class Waiter(PeerBudget? peer, Urgency urgency, long askedAt)
    {
        public PeerBudget? Peer => peer;
        public Urgency Urgency => urgency;
        public long AskedAt => askedAt;
        public TaskCompletionSource<BudgetTicket> Turn { get; } = new(Elsewhere.Continuations);
    }

    private sealed class Lane(TrafficClass kind, TrafficLimits limits, TokenBucket rate)
    {
        public TrafficClass Kind => kind;
        public TrafficLimits Limits => limits;
        public TokenBucket Rate => rate;
        public BudgetRow<Waiter> Row { get; } = new();
        public int Running;
        public long Entered, Amount, Refused;
        public TimeSpan Waited, Paced;
    }
}
