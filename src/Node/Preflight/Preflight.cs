using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Node;

/// <summary>Looks at all that a start depends on, or that a CubeFS node will find, and judges it. Changes nothing.</summary>
/// <param name="Files">Must not be able to write: see <see cref="LinuxFileSystem.ReadOnly"/>.</param>
/// <param name="Machine">Looks at the machine for the disks given.</param>
internal sealed record Preflight(
    IFileSystem Files, INetwork Network, TimeProvider Time, Func<IReadOnlyList<string>, CancellationToken, MachineFacts> Machine, Action<SurveyProgress> Progress)
{
    /// <summary>Would this node start, and how?</summary>
    /// <param name="offline">Ask no master.</param>
    public async Task<PreflightReport> CheckAsync(NodeSettings settings, bool offline, CancellationToken stop)
    {
        var paths = settings.DataNode.Disks.Select(disk => disk.Path).ToList();
        var asking = offline ? null : MasterSurvey.RunAsync(settings, Network, Time, stop);
        var machine = await Task.Run(() => Machine(paths, stop), stop).WaitAsync(stop);
        var disks = await DiskSurvey.RunAsync(paths, machine, Files, Progress, stop);
        var masters = asking is null ? null : await asking;
        var address = masters?.NodeAddress ?? (settings.DataNode.Identity.LocalAddress is { } local ? $"{local}:{settings.DataNode.Identity.DataPort}" : null);

        List<Finding> findings =
        [
            .. NodeRules.JudgeConfig(settings), .. NodeRules.JudgeIdentity(settings, Files),
            .. NodeRules.JudgeRecord(settings, Files, masters?.Cluster?.Cluster), .. NodeRules.JudgePorts(settings, machine),
            .. masters is null ? [] : MasterRules.Judge(masters, settings),
            .. settings.DataNode.Disks.Zip(disks).SelectMany(pair => DiskRules.Judge(pair.First, pair.Second, machine)), .. DiskRules.JudgeTogether(disks),
            .. disks.SelectMany(disk => disk.Partitions).SelectMany(partition => PartitionRules.Judge(partition, address)),
            .. masters?.Node is { } node ? MasterRules.JudgeRoster(node, disks) : [],
            .. masters?.Cluster is { } cluster ? MasterRules.JudgeClusterVersion(cluster, settings, disks, Files) : [],
            .. NodeRules.JudgeLimits(settings, machine, disks.Sum(disk => disk.Root.Partitions.Count())),
        ];
        return new PreflightReport(findings, $"{Scope(disks)}{(offline ? ", no master asked" : "")}");
    }

    /// <summary>May a CubeFS node take these disks?</summary>
    public async Task<PreflightReport> CheckHandbackAsync(NodeSettings settings, CancellationToken stop)
    {
        var paths = settings.DataNode.Disks.Select(disk => disk.Path).ToList();
        var machine = await Task.Run(() => Machine(paths, stop), stop).WaitAsync(stop);
        var disks = await DiskSurvey.RunAsync(paths, machine, Files, Progress, stop);
        List<Finding> findings =
        [
            .. HandbackRules.JudgeNode(settings), .. NodeRules.JudgeIdentity(settings, Files), .. disks.SelectMany(disk => HandbackRules.Judge(disk, machine)),
            .. DiskRules.JudgeTogether(disks).Where(finding => finding.Severity == Severity.Problem),
        ];
        if (!machine.SawAllProcesses) findings.Add(Finding.Warning("limits", "processes", "some could not be looked into: whether they use a disk is not known", "run this as root to see all"));
        return new PreflightReport(findings, Scope(disks));
    }

    private static string Scope(IReadOnlyList<SurveyedDisk> disks) =>
        $"{PreflightReport.Plural(disks.Count, "disk")} and {PreflightReport.Plural(disks.Sum(disk => disk.Partitions.Count), "partition")} looked at";
}
