using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>Limits of one disk, kept as they are set.</summary>
internal sealed class ScriptedQos : IDiskQos
{
    public DiskQosSettings Settings { get; private set; } = DiskQosSettings.Default;

    public bool IsEnabledByMaster => false;

    public int WriteQueueFactor { get; set; } = 7;

    public IReadOnlyList<DiskQosFigures> Disks { get; } = [new("/data/disk1", new IoGateFigures(10, 2, 3, 4, 5, 6, 80), default, default, default, default)];

    public bool RepairsNormalExtents { get; set; } = true;

    public bool OneRepairReadPerDisk { get; set; }

    public List<string> Released { get; } = [];

    public void Change(Func<DiskQosSettings, DiskQosSettings> change) => Settings = change(Settings);

    public bool ReleaseRepairRead(string diskPath)
    {
        Released.Add(diskPath);
        return false;
    }
}
