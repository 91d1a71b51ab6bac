using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Lets one kind of work onto one disk: so many at a time, so many operations and bytes a second, first come first served.</summary>
/// <remarks>
/// Thread-safe. Nobody waits on a thread: who has to wait leaves a ticket and is told. Without a limit it costs one volatile read,
/// <see cref="IsLimited"/>, and is not called. Tickets are told without the lock, so that they may call back.
/// Source of the rules: CubeFS util/iolimit.go and datanode/disk.go, except that an operation larger than the burst is delayed instead of
/// being done and refused (spec O26).
/// </remarks>
internal sealed class IoGate : IDisposable
{
    /// <summary>Tickets that may wait where the rule below does not apply: each belongs to a connection or a repair, which are bounded themselves.</summary>
    private const int WaitersMax = 4096;

    /// <summary>How long a client's read waits for its turn on a disk with limited concurrency. Source: CubeFS util/iolimit.go.</summary>
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(3);

    /// <summary>Saved up operations of clients. Source: CubeFS datanode/nodeinfo.go defaultIOLimitBurst.</summary>
    private const int ClientBurst = 512;

    /// <summary>What may be saved up of a pace, as a part of a second: a burst must not be felt.</summary>
    private const int PaceBurstShare = 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<IoTicket> _waiting = new();
    private readonly TokenBucket _operations;
    private readonly TokenBucket _bytes;
    private readonly TokenBucket _paced;
    private readonly TimeProvider _time;
    private readonly IoKind _kind;
    private readonly ITimer _timer;
    private int _concurrency;
    private int _queueMax = WaitersMax;
    private int _running;
    private volatile bool _isLimited;

    public IoGate(IoKind kind, TimeProvider time)
    {
        (_kind, _time) = (kind, time);
        _operations = new TokenBucket(time.TimestampFrequency);
        _bytes = new TokenBucket(time.TimestampFrequency);
        _paced = new TokenBucket(time.TimestampFrequency);
        _timer = time.CreateTimer(static gate => ((IoGate)gate!).Pump(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Some limit is set. While it is not, nobody asks.</summary>
    public bool IsLimited => _isLimited;

    /// <summary>Sets other limits; who waits is looked at again.</summary>
    /// <param name="ratesApply">Operations and bytes are limited too, not only concurrency.</param>
    /// <param name="queueFactor">Of writes this many times the concurrency may wait.</param>
    public void Set(DiskClassLimits limits, bool ratesApply, int queueFactor)
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            _concurrency = limits.Concurrent;
            var operations = ratesApply ? limits.OperationsPerSecond : 0;
            var bytes = ratesApply ? limits.BytesPerSecond : 0;
            _operations.Set(operations, _kind is IoKind.Read or IoKind.Write ? ClientBurst : operations / 2, now);
            _bytes.Set(bytes, bytes / 2, now);
            _queueMax = _kind == IoKind.Write && _concurrency > 0 ? (int)Math.Clamp((long)_concurrency * Math.Max(1, queueFactor), 1, WaitersMax) : WaitersMax;
            SetLimited();
        }

        Pump();
    }

    /// <summary>A second limit of bytes, by which background work gives way to clients. It is not among the <see cref="Figures"/>, which show what was configured.</summary>
    /// <param name="bytesPerSecond">0: none.</param>
    public void Pace(long bytesPerSecond)
    {
        lock (_lock)
        {
            _paced.Set(bytesPerSecond, Math.Max(BufferPool.LargeBytes, bytesPerSecond / PaceBurstShare), _time.GetTimestamp());
            SetLimited();
        }

        Pump();
    }

    /// <summary>Asks for a turn.</summary>
    /// <param name="takesSlot">It counts as one at a time until <see cref="Exit"/>; otherwise only its operations and bytes count.</param>
    /// <param name="mayBeRefused">A client that has other replicas; without it, it waits as long as it takes.</param>
    public Admission Enter(IoTicket ticket, long bytes, bool takesSlot, bool mayBeRefused)
    {
        lock (_lock)
        {
            Invariant.Check(ticket.Place.List is null && ticket.SlotOf is null);
            var now = _time.GetTimestamp();
            (ticket.Bytes, ticket.TakesSlot, ticket.MayBeRefused, ticket.AskedAt) = (bytes, takesSlot, mayBeRefused, now);
            if (_waiting.Count == 0 && MayPass(ticket, now))
            {
                Take(ticket, now);
                return Admission.Admitted;
            }

            if (_waiting.Count >= (mayBeRefused ? _queueMax : WaitersMax)) return Admission.Refused;
            _waiting.AddLast(ticket.Place);
            if (_waiting.Count == 1) SetTimer(now);
            return Admission.Waits;
        }
    }

    /// <summary>The work of an admitted ticket is done. Others may pass.</summary>
    public static void Exit(IoTicket ticket)
    {
        if (ticket.SlotOf is not { } gate) return; // no slot was limited when it came in
        lock (gate._lock)
        {
            ticket.SlotOf = null;
            gate._running--;
            if (gate._waiting.Count == 0) return;
        }

        gate.Pump();
    }

    /// <summary>Operations that turned out to be more than the one that was asked for: whoever comes next waits for them.</summary>
    public void Charge(int operations)
    {
        if (!_isLimited || operations <= 0) return;
        lock (_lock) _operations.Take(operations, _time.GetTimestamp());
    }

    /// <summary>Takes a waiting ticket back.</summary>
    /// <returns>False if it does not wait here, or is being told at this moment.</returns>
    public bool Withdraw(IoTicket ticket)
    {
        lock (_lock)
        {
            if (ticket.Place.List != _waiting) return false;
            _waiting.Remove(ticket.Place);
            return true;
        }
    }

    /// <summary>The gate as it is now.</summary>
    public IoGateFigures Figures()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            return new IoGateFigures(_concurrency, _operations.Rate, _bytes.Rate, _bytes.Used(now), _running, _waiting.Count, _concurrency > 0 ? _queueMax : 0);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Pump()
    {
        while (true)
        {
            IoTicket first;
            bool admitted;
            lock (_lock)
            {
                if (_waiting.First is not { } node) return;
                first = node.Value;
                var now = _time.GetTimestamp();
                admitted = MayPass(first, now);
                if (!admitted && now < Deadline(first))
                {
                    SetTimer(now);
                    return;
                }

                _waiting.RemoveFirst();
                if (admitted) Take(first, now);
            }

            first.Answered(admitted);
        }
    }

    private bool MayPass(IoTicket ticket, long now) =>
        (_concurrency == 0 || !ticket.TakesSlot || _running < _concurrency) && _operations.Has(1, now) && _bytes.Has(ticket.Bytes, now)
        && _paced.Has(ticket.Bytes, now);

    private void SetLimited() => _isLimited = _concurrency > 0 || _operations.Rate > 0 || _bytes.Rate > 0 || _paced.Rate > 0;

    private void Take(IoTicket ticket, long now)
    {
        _operations.Take(1, now);
        _bytes.Take(ticket.Bytes, now);
        _paced.Take(ticket.Bytes, now);
        if (_concurrency == 0 || !ticket.TakesSlot) return;
        _running++;
        ticket.SlotOf = this;
    }

    private long Deadline(IoTicket ticket) => _kind == IoKind.Read && _concurrency > 0 && ticket.MayBeRefused
        ? ticket.AskedAt + (long)(ReadPatience.TotalSeconds * _time.TimestampFrequency)
        : long.MaxValue;

    /// <summary>To the moment when the first in the row may pass or gives up; a slot that becomes free pumps by itself.</summary>
    private void SetTimer(long now)
    {
        var first = _waiting.First!.Value;
        var ready = Math.Max(Math.Max(_operations.ReadyAt(1, now), _bytes.ReadyAt(first.Bytes, now)), _paced.ReadyAt(first.Bytes, now));
        var at = Math.Min(ready > now ? ready : long.MaxValue, Deadline(first));
        if (at == long.MaxValue) return;
        // A millisecond more rather than less: a timer that fires before its time would be set again and again.
        _timer.Change(_time.GetElapsedTime(now, at) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}

/// <summary>One gate at one moment.</summary>
/// <param name="Concurrency">Allowed at a time; 0 is no limit, as for the next two.</param>
/// <param name="Operations">Allowed a second.</param>
/// <param name="Bytes">Allowed a second.</param>
/// <param name="BytesUsed">Of what may be spent at once.</param>
/// <param name="QueueMax">That may wait while concurrency is limited; 0 without such a limit.</param>
public readonly record struct IoGateFigures(int Concurrency, long Operations, long Bytes, long BytesUsed, int Running, int Waiting, int QueueMax);
