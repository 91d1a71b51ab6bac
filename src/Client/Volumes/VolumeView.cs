using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>The partitions of one volume, renewed from the master by age and on demand. Thread-safe.</summary>
/// <remarks>A renewal that fails leaves the old view in use: data goes on flowing while the master is away.</remarks>
internal sealed class VolumeView(string volume, MasterClient master, INetwork network, TimeProvider time, Random random, ClientSettings settings)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PartitionId, string> _leaders = [];
    private PartitionTable _table = new([]);
    private Task? _renewing;
    private long _renewedAt;
    private bool _everRenewed;
    private bool _readOnly;
    private Exception? _lastFailure;

    public string Volume => volume;

    /// <summary>A partition for new data.</summary>
    /// <param name="tiny">For a tiny extent.</param>
    /// <param name="avoid">The partition whose failure is being recovered from: taken only if no other is left.</param>
    /// <returns>
    /// Null if no partition takes such data now. For a tiny extent: use a normal one. For a normal one that is so in a fresh view too, and
    /// <see cref="NothingWritable"/> says why.
    /// </returns>
    public async ValueTask<VolumePartition?> ChooseAsync(bool tiny, VolumePartition? avoid, CancellationToken cancel)
    {
        await RenewIfOldAsync(cancel).ConfigureAwait(false);
        if (TryChoose(tiny, avoid) is { } chosen) return chosen;
        if (tiny) return null;
        // Everything is excluded or nothing was writable: only a newer view can help. It comes without exclusions.
        var early = settings.ViewPause - Age();
        if (early > TimeSpan.Zero) await Task.Delay(early, time, cancel).ConfigureAwait(false);
        await RenewAsync(cancel).ConfigureAwait(false);
        return TryChoose(tiny, avoid);
    }

    /// <exception cref="CubeClientException">The volume has no such partition, also in a fresh view.</exception>
    public async ValueTask<VolumePartition> FindAsync(PartitionId id, CancellationToken cancel)
    {
        if (Lookup(id) is { } known) return known;
        await RenewAsync(cancel).ConfigureAwait(false);
        if (Lookup(id) is { } found) return found;
        lock (_lock)
            throw new CubeClientException($"volume {volume}: data partition {id} is not in the master's view of {_table.Count} partitions", _lastFailure);
    }

    /// <summary>Asks the master now, or joins a question that is already under way. Does not throw for a master's failure.</summary>
    public async ValueTask RenewAsync(CancellationToken cancel)
    {
        Task renewing;
        lock (_lock) renewing = _renewing ??= RunRenewalAsync();
        await renewing.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Asks the master if its last answer is older than <see cref="ClientSettings.ViewAge"/>.</summary>
    public async ValueTask RenewIfOldAsync(CancellationToken cancel)
    {
        if (Age() >= settings.ViewAge) await RenewAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Whom to ask first as raft leader: who answered as leader last, else whom the master names, else the first host.</summary>
    public string LeaderOf(VolumePartition partition)
    {
        lock (_lock)
            return _leaders.TryGetValue(partition.Id, out var learned) && partition.Hosts.Contains(learned) ? learned
                : partition.RaftLeader ?? partition.Hosts[0];
    }

    /// <summary>A host has answered as the raft leader. A view of the master does not change that: it is older than this answer.</summary>
    public void LearnLeader(PartitionId partition, string host)
    {
        lock (_lock) _leaders[partition] = host;
    }

    /// <summary>A host has said that it is not the raft leader, or said nothing.</summary>
    public void ForgetLeader(PartitionId partition, string host)
    {
        lock (_lock)
            if (_leaders.TryGetValue(partition, out var learned) && learned == host) _leaders.Remove(partition);
    }

    /// <summary>From 0 to below 1; spreads the retries of several operations.</summary>
    public double NextFraction()
    {
        lock (_lock) return random.NextDouble();
    }

    /// <summary>A create or an append failed there: leaves the partition out, dials all its hosts and leaves out those that refuse.</summary>
    public async ValueTask CondemnAsync(VolumePartition partition, CancellationToken cancel)
    {
        lock (_lock) _table.Exclude(partition.Id);
        var refused = await Task.WhenAll(partition.Hosts.Select(host => RefusesAsync(host, cancel))).ConfigureAwait(false);
        lock (_lock)
            for (var i = 0; i < refused.Length; i++)
                if (refused[i]) _table.ExcludeHost(partition.Hosts[i]);
    }

    /// <summary>The partition had no tiny extent available.</summary>
    public void ExcludeFromTiny(VolumePartition partition)
    {
        lock (_lock) _table.ExcludeFromTiny(partition.Id);
    }

    private async Task<bool> RefusesAsync(string host, CancellationToken cancel)
    {
        try
        {
            (await network.ConnectAsync(System.Net.IPEndPoint.Parse(host), settings.DialTimeout, cancel).ConfigureAwait(false)).Dispose();
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }

    private async Task RunRenewalAsync()
    {
        // The lock in RenewAsync is held by the caller until the first await: leave it before answers can come.
        await Task.Yield();
        DataPartitionsView? view = null;
        Exception? failure = null;
        try
        {
            view = await master.GetClientPartitionsAsync(volume, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MasterException or ObjectDisposedException or OperationCanceledException)
        {
            failure = e; // told to whoever finds no partition
        }

        lock (_lock)
        {
            _renewing = null;
            _renewedAt = time.GetTimestamp();
            _everRenewed = true;
            _lastFailure = failure;
            if (view is null) return;
            _readOnly = view.VolReadOnly;
            _table = new PartitionTable(view.DataPartitions.Select(VolumePartition.From).OfType<VolumePartition>());
        }
    }

    private TimeSpan Age()
    {
        lock (_lock) return _everRenewed ? time.GetElapsedTime(_renewedAt) : TimeSpan.MaxValue;
    }

    private VolumePartition? TryChoose(bool tiny, VolumePartition? avoid)
    {
        lock (_lock) return _readOnly ? null : _table.Choose(random, tiny, avoid);
    }

    private VolumePartition? Lookup(PartitionId id)
    {
        lock (_lock) return _table.Find(id);
    }

    /// <summary>Why new data finds no partition.</summary>
    /// <param name="isLasting">Nobody's restart brings it to an end: the master refuses the volume, or it is read-only.</param>
    public CubeClientException NothingWritable(out bool isLasting)
    {
        lock (_lock)
        {
            isLasting = _lastFailure is MasterException { Failure: MasterFailure.Refused or MasterFailure.UnknownApi } or ObjectDisposedException
                || (_lastFailure is null && _readOnly);
            var why = _lastFailure is { } failure ? $"the master could not be asked ({failure.Message})"
                : _readOnly ? "the master says that the volume is read-only"
                : $"of its {_table.Count} partitions {_table.WritableCount} are writable and none of them could be used; check the data nodes and their space";
            return new CubeClientException($"volume {volume} takes no new data: {why}", _lastFailure);
        }
    }
}
