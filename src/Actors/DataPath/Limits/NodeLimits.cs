namespace CubeActors.Actors;

/// <summary>All limits of a node: those of its disks, of deletes, and of repair. Keeps them as configuration, master and operator say.</summary>
/// <remarks>Thread-safe. What the master says stands in the <see cref="NodeGate"/> and is looked at now and then, by <see cref="Refresh"/>.</remarks>
internal sealed class NodeLimits : IDiskQos, IDisposable
{
    /// <summary>Source: CubeFS datanode/server.go DefaultDiskWQueueFactor.</summary>
    private const int WriteQueueFactorDefault = 8;

    private readonly Lock _lock = new();
    private readonly NodeGate _node;
    private readonly DiskLimits[] _disks;
    private volatile DiskQosSettings _settings;
    private volatile int _writeQueueFactor = WriteQueueFactorDefault;
    private volatile bool _repairsNormalExtents = true;
    private volatile bool _oneRepairReadPerDisk;
    private volatile DiskPolicies _policies;
    private volatile ClusterLimits _cluster;

    /// <param name="budgets">Of repair, scrubbing and deletes; null for what an empty configuration means.</param>
    public NodeLimits(DiskQosSettings settings, IEnumerable<string> diskPaths, TimeProvider time, NodeGate node, BudgetSettings? budgets = null)
    {
        (_settings, _node, _policies, _cluster) = (settings, node, node.Disks, node.Limits);
        Budgets = new TrafficBudgets(budgets ?? new BudgetSettings(), diskPaths, time, () => RepairsMax);
        _disks = [.. Budgets.PerDisk.Select(budget => new DiskLimits(budget, time))];
        Deletes = new DeleteRate(time);
        Take(_policies);
        Deletes.Set(_cluster.DeletesPerSecond);
    }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<DiskLimits> PerDisk => _disks;

    public DeleteRate Deletes { get; }

    /// <summary>Of what no client waits for.</summary>
    public TrafficBudgets Budgets { get; }

    /// <summary>Held by repair reads that other replicas make here.</summary>
    public CountLimit RepairReads { get; } = new();

    /// <summary>Held by partitions whose tiny extents are being compared.</summary>
    public CountLimit Verifications { get; } = new();

    /// <summary>Held by partitions whose normal extents are being compared.</summary>
    public CountLimit Cycles { get; } = new();

    /// <summary>Failed repairs of a replica that is being rebuilt, after which somebody is called. Source: the master's DpMaxRepairErrCnt.</summary>
    public ulong RepairErrorsMax => _node.Limits.RepairErrorsMax;

    /// <summary>Extents that may be repaired at a time, of others from here and here from others. Source: the master's DataNodeAutoRepairLimitRate.</summary>
    public int RepairsMax => _node.Limits.RepairsMax;

    public DiskQosSettings Settings => _settings;

    public bool IsEnabledByMaster => _policies.QosEnabled;

    public int WriteQueueFactor
    {
        get => _writeQueueFactor;
        set
        {
            lock (_lock)
            {
                _writeQueueFactor = Math.Max(1, value);
                Apply();
            }
        }
    }

    public bool RepairsNormalExtents { get => _repairsNormalExtents; set => _repairsNormalExtents = value; }

    public bool OneRepairReadPerDisk { get => _oneRepairReadPerDisk; set => _oneRepairReadPerDisk = value; }

    IReadOnlyList<DiskQosFigures> IDiskQos.Disks => [.. _disks.Select(disk => disk.Figures())];

    public void Change(Func<DiskQosSettings, DiskQosSettings> change)
    {
        lock (_lock)
        {
            var next = change(_settings);
            foreach (var kind in Enum.GetValues<IoKind>()) next = next.With(kind, next.Of(kind));
            _settings = next;
            Apply();
        }
    }

    public bool ReleaseRepairRead(string diskPath) => Array.Find(_disks, disk => disk.Path == diskPath) is { } disk && disk.RepairRead.Release();

    /// <summary>Takes over what the master has said since the last time. Called a few times a second. The budgets of the disks look at their clients at the same time.</summary>
    public void Refresh()
    {
        Budgets.Refresh();
        var (policies, cluster) = (_node.Disks, _node.Limits);
        if (policies != _policies) Take(policies);
        if (cluster == _cluster) return;
        _cluster = cluster;
        Deletes.Set(cluster.DeletesPerSecond);
    }

    public void Dispose()
    {
        foreach (var disk in _disks) disk.Dispose();
    }

    private void Take(DiskPolicies policies)
    {
        lock (_lock)
        {
            _policies = policies;
            var rates = policies.Rates;
            _settings = _settings with
            {
                Read = Over(_settings.Read, rates.ReadOperations, rates.ReadBytes),
                Write = Over(_settings.Write, rates.WriteOperations, rates.WriteBytes),
            };
            Apply();
        }

        // A limit of 0 leaves the one in force, so a master can never lift one: as CubeFS does it.
        static DiskClassLimits Over(DiskClassLimits known, ulong operations, ulong bytes) => known with
        {
            OperationsPerSecond = operations > 0 ? (int)Math.Min(operations, int.MaxValue) : known.OperationsPerSecond,
            BytesPerSecond = bytes > 0 ? (int)Math.Min(bytes, int.MaxValue) : known.BytesPerSecond,
        };
    }

    private void Apply()
    {
        foreach (var disk in _disks) disk.Apply(_settings, _settings.IsEnabled && _policies.QosEnabled, _writeQueueFactor);
    }
}
