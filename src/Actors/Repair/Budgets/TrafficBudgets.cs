using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The budgets of a node: of each disk, of each peer, and how many extents it repairs at a time. One object a node. Thread-safe.</summary>
/// <remarks>One lock for all of it: a stream takes and gives back its places once for each extent, and a token for each megabyte.</remarks>
internal sealed class TrafficBudgets
{
    /// <summary>Peers that are remembered although nothing goes on with them; more than the nodes of most clusters.</summary>
    public const int IdlePeersMax = 256;

    private readonly Dictionary<string, PeerBudget> _peers = new(StringComparer.Ordinal);
    private readonly DiskBudget[] _disks;
    private readonly Func<int> _repairsMax;

    /// <param name="diskPaths">The disks' roots, in the order of the configuration.</param>
    /// <param name="repairsMax">Extents that the cluster lets a node repair at a time.</param>
    public TrafficBudgets(BudgetSettings settings, IEnumerable<string> diskPaths, TimeProvider time, Func<int> repairsMax)
    {
        (Settings, Time, _repairsMax) = (settings, time, repairsMax);
        _disks = [.. diskPaths.Select(path => new DiskBudget(this, path))];
    }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<DiskBudget> PerDisk => _disks;

    /// <summary>Extents that are being repaired here.</summary>
    public int RepairsUnderWay { get { lock (Lock) return Repairing; } }

    internal BudgetSettings Settings { get; }
    internal TimeProvider Time { get; }
    internal Lock Lock { get; } = new();
    internal int RepairsMax => _repairsMax();

    /// <summary>Guarded by the lock.</summary>
    internal int Repairing;

    /// <summary>Sets the rates by what clients do, and lets in whom a limit kept out that has been raised. Called a few times a second.</summary>
    public void Refresh()
    {
        foreach (var disk in _disks) disk.Refresh();
        Pump();
    }

    /// <summary>All budgets at one moment.</summary>
    public BudgetFigures Figures()
    {
        lock (Lock)
            return new BudgetFigures(
                RepairsMax, Repairing, [.. _disks.Select(disk => disk.Figures())],
                [.. _peers.Values.OrderBy(peer => peer.Name, StringComparer.Ordinal).Select(
                    peer => new PeerFigures(peer.Name, peer.Fetching, peer.Waiting, peer.Serving, peer.BytesFetched, peer.BytesServed, peer.Refused))]);
    }

    /// <summary>Lets in whoever may pass now, on whatever disk: a place of a peer is common to all of them.</summary>
    internal void Pump()
    {
        List<(DiskBudget.Waiter Waiter, BudgetTicket Ticket)> admitted = [];
        lock (Lock)
            foreach (var disk in _disks) disk.Admit(admitted);
        foreach (var (waiter, ticket) in admitted) waiter.Turn.SetResult(ticket);
    }

    /// <summary>Under the lock.</summary>
    internal PeerBudget PeerOf(string name)
    {
        var now = Time.GetTimestamp();
        if (!_peers.TryGetValue(name, out var peer))
        {
            if (_peers.Count >= IdlePeersMax) ForgetIdle();
            peer = _peers[name] = new PeerBudget(name, Time.TimestampFrequency);
            peer.From.Set(Settings.BytesFromPeer, Math.Max(BufferPool.LargeBytes, Settings.BytesFromPeer / 2), now);
            peer.To.Set(Settings.BytesToPeer, Math.Max(BufferPool.LargeBytes, Settings.BytesToPeer / 2), now);
        }

        peer.UsedAt = now;
        return peer;
    }

    /// <summary>The half of those with whom nothing goes on that was used longest ago: so it is done seldom.</summary>
    private void ForgetIdle()
    {
        var idle = _peers.Values.Where(peer => peer.IsIdle).OrderBy(peer => peer.UsedAt).ToList();
        foreach (var peer in idle.Take((idle.Count + 1) / 2)) _peers.Remove(peer.Name);
    }
}
