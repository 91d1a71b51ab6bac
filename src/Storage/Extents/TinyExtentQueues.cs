using System.Numerics;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage;

/// <summary>Which tiny extents take writes: available or broken, first in first out, or taken by a writer or a repair. Thread-safe.</summary>
/// <remarks>
/// Invariant: each of the 64 ids is in exactly one of the three states, so an id handed back twice cannot serve two writers. Memory only:
/// after a restart all are broken until a comparison with the other replicas promotes them.
/// </remarks>
internal sealed class TinyExtentQueues
{
    private readonly Lock _gate = new();
    private readonly Ring _available = new();
    private readonly Ring _broken = new();

    public TinyExtentQueues(bool allAvailable)
    {
        for (var id = ExtentId.TinyFirst; id <= ExtentId.TinyLast; id++) (allAvailable ? _available : _broken).Add(id);
    }

    public int AvailableCount { get { lock (_gate) return _available.Count; } }

    public int BrokenCount { get { lock (_gate) return _broken.Count; } }

    public bool TryTake(out ExtentId id) => TryTake(_available, out id);

    /// <summary>Takes a broken id out for repair; <see cref="Settle"/> puts it back.</summary>
    public bool TryTakeBroken(out ExtentId id) => TryTake(_broken, out id);

    /// <summary>Ends what <see cref="TryTake(out ExtentId)"/> began. An id that is not taken is left where it is.</summary>
    public void Settle(ExtentId id, bool sound)
    {
        lock (_gate)
        {
            if (!id.IsTiny || _available.Contains(id.Value) || _broken.Contains(id.Value)) return;
            (sound ? _available : _broken).Add(id.Value);
            CheckInvariant();
        }
    }

    /// <summary>A broken id was found equal on the replicas. An id that a writer has taken is left to its writer.</summary>
    public void Promote(ExtentId id)
    {
        lock (_gate)
        {
            if (id.IsTiny && _broken.Remove(id.Value)) _available.Add(id.Value);
            CheckInvariant();
        }
    }

    /// <summary>Moves up to <paramref name="countMax"/> of the longest available ids to broken, to be compared again.</summary>
    public int Demote(int countMax)
    {
        lock (_gate)
        {
            var moved = 0;
            for (; moved < countMax && _available.TryTake(out var id); moved++) _broken.Add(id);
            CheckInvariant();
            return moved;
        }
    }

    private bool TryTake(Ring from, out ExtentId id)
    {
        lock (_gate)
        {
            var taken = from.TryTake(out var value);
            id = new ExtentId(value);
            return taken;
        }
    }

    private void CheckInvariant() => Invariant.Check((_available.Members & _broken.Members) == 0);

    /// <summary>A queue of distinct tiny ids in 64 bytes and a membership word.</summary>
    private sealed class Ring
    {
        private readonly byte[] _ids = new byte[ExtentLimits.TinyCount];
        private int _head;

        public ulong Members { get; private set; }

        public int Count => BitOperations.PopCount(Members);

        public bool Contains(ulong id) => (Members & Bit(id)) != 0;

        public void Add(ulong id)
        {
            Invariant.Check(!Contains(id));
            _ids[(_head + Count) % _ids.Length] = (byte)id;
            Members |= Bit(id);
        }

        public bool TryTake(out ulong id)
        {
            id = 0;
            if (Members == 0) return false;
            id = _ids[_head];
            _head = (_head + 1) % _ids.Length;
            Members &= ~Bit(id);
            return true;
        }

        public bool Remove(ulong id)
        {
            if (!Contains(id)) return false;
            for (var left = Count; left > 0; left--) // once around keeps the order of the others
            {
                TryTake(out var next);
                if (next != id) Add(next);
            }
            return true;
        }

        private static ulong Bit(ulong id) => 1UL << (int)(id - ExtentId.TinyFirst);
    }
}
