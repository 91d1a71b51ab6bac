namespace CubeActors.Actors;

/// <summary>All limits of a node: those of its disks, of deletes, and of repair. Keeps them as configuration, master and operator say.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class NodeLimits : IDiskQos, IDisposable
{
    private readonly Lock _lock = new();
    private readonly DiskLimits[] _disks;
    private volatile DiskQosSettings _settings;
    private volatile bool _enabledByMaster;
    private volatile bool _repairsNormalExtents = true;

    public NodeLimits(DiskQosSettings settings, IEnumerable<string> diskPaths, TimeProvider time)
    {
        _settings = settings;
        _disks = [.. diskPaths.Select(path => new DiskLimits(path, time))];
        Deletes = new DeleteRate(time);
        Apply();
    }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<DiskLimits> PerDisk => _disks;

    public DeleteRate Deletes { get; }

    /// <summary>Held by repair reads that other replicas make here.</summary>
    public CountLimit RepairReads { get; } = new();

    /// <summary>Held by partitions whose tiny extents are being compared.</summary>
    public CountLimit Verifications { get; } = new();

    public DiskQosSettings Settings => _settings;

    public bool EnabledByMaster => _enabledByMaster;

    public bool RepairsNormalExtents { get => _repairsNormalExtents; set => _repairsNormalExtents = value; }

    IReadOnlyList<DiskQosFigures> IDiskQos.Disks => [.. _disks.Select(disk => new DiskQosFigures(
        disk.Path, disk[IoKind.Read].Figures(), disk[IoKind.Write].Figures(), disk[IoKind.AsyncRead].Figures(), disk[IoKind.AsyncWrite].Figures(), disk[IoKind.Delete].Figures()))];

    public void Change(Func<DiskQosSettings, DiskQosSettings> change)
    {
        lock (_lock)
        {
            var next = change(_settings);
            foreach (var kind in Enum.GetValues<IoKind>()) next = next.With(kind, next[kind].Checked());
            _settings = next;
            Apply();
        }
    }

    public bool ReleaseRepairRead(string diskPath)
    {
        foreach (var disk in _disks)
        {
            if (disk.Path != diskPath || disk.RepairReads.Inside == 0) continue;
            disk.RepairReads.Exit();
            return true;
        }

        return false;
    }

    /// <summary>Takes over what a heartbeat of the master says. A limit of 0 leaves the one in force.</summary>
    public void Learn(bool qosEnabled, IoLimits read, IoLimits write)
    {
        lock (_lock)
        {
            _enabledByMaster = qosEnabled;
            _settings = _settings with { Read = Over(_settings.Read, read), Write = Over(_settings.Write, write) };
            Apply();
        }

        static IoLimits Over(IoLimits known, IoLimits said) => known with
        {
            Operations = said.Operations > 0 ? said.Operations : known.Operations,
            Bytes = said.Bytes > 0 ? said.Bytes : known.Bytes,
        };
    }

    public void Dispose()
    {
        foreach (var disk in _disks) disk.Dispose();
    }

    private void Apply()
    {
        foreach (var disk in _disks) disk.Apply(_settings, _settings.Enabled && _enabledByMaster);
    }
}
