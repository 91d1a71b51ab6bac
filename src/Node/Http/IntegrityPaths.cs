using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What is known of damaged blocks, as operators see it. Counts are since the start of the node.</summary>
/// <param name="Waiting">Blocks that wait to be compared.</param>
/// <param name="Findings">The last ones, the newest first.</param>
internal sealed record IntegrityReply(IntegrityCounts Counts, int Waiting, IReadOnlyList<ScrubFigures> Disks, IReadOnlyList<ScrubbedPartition> Partitions, IReadOnlyList<IntegrityItem> Findings)
{
    public static IntegrityReply Of(IntegrityView view) => new(
        view.Counts, view.Waiting, view.Disks,
        [.. view.Partitions.OrderBy(partition => partition.Key.Value).Select(partition => new ScrubbedPartition(partition.Key.Value, partition.Value))],
        [
            .. view.Findings.Select(finding => new IntegrityItem(
                finding.At, finding.Kind.ToString(), finding.Disk, finding.Partition.Value, finding.Extent.Value, finding.Block, finding.Peers, finding.Text)),
        ]);
}

/// <param name="At">When all of it had been walked through last.</param>
internal sealed record ScrubbedPartition(ulong Partition, DateTimeOffset At);

/// <param name="Kind">CrcCorrected, Healed, Reported or PeerDiffers.</param>
internal sealed record IntegrityItem(DateTimeOffset At, string Kind, string Disk, ulong Partition, ulong Extent, int Block, IReadOnlyList<string> Peers, string Text);

/// <summary><c>/cubeactors/integrity</c>: counts, scrubbers and findings.</summary>
internal static class IntegrityPaths
{
    public const string Path = "/cubeactors/integrity";

    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return OperatorPath.At(Path, _ => OperatorReply.Ok(IntegrityReply.Of(desk.Surface()?.Integrity() ?? IntegrityView.None), OperatorJson.Default.IntegrityReply));
    }
}
