using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What the master's list means for a directory on a disk.</summary>
public enum RosterVerdict
{
    /// <summary>Nothing can be concluded; it stays as it is.</summary>
    Undecided,

    /// <summary>The replica is this node's, and here.</summary>
    Serve,

    /// <summary>The master knows no such replica on this node: <c>expired_</c>.</summary>
    Expire,

    /// <summary>The master knows the replica on another disk: <c>backup_</c>.</summary>
    SetAside,
}

/// <summary>Compares what lies on a disk with what the master lists. Pure.</summary>
/// <remarks>
/// Source: control-plane 2.7, CubeFS datanode/disk.go RestorePartition. Unlike CubeFS, a list without partitions decides nothing: it is also what
/// a failed call leaves, and CubeFS then expires everything it has.
/// </remarks>
public static class RosterComparison
{
    /// <param name="disk">Root of the disk, byte for byte as it is reported.</param>
    public static RosterVerdict Judge(PartitionId partition, string disk, RosterAnswer roster)
    {
        if (roster.IsEmpty) return RosterVerdict.Undecided;
        if (!roster.Partitions.Contains(partition)) return RosterVerdict.Expire;
        if (roster.OnDisks.Count == 0) return RosterVerdict.Serve;
        // A replica that the master lists without a disk was never reported from one: it may be new. CubeFS sets it aside; we wait for the report.
        if (!roster.OnDisks.Any(known => known.PartitionId == partition && known.Disk.Length > 0)) return RosterVerdict.Undecided;
        return roster.OnDisks.Any(known => known.PartitionId == partition && known.Disk == disk) ? RosterVerdict.Serve : RosterVerdict.SetAside;
    }

    /// <summary>The master has partitions on this disk and there is no directory of any: it is not the disk it should be, or not mounted.</summary>
    public static bool IsWrongDisk(string disk, int directoriesFound, RosterAnswer roster) =>
        directoriesFound == 0 && roster.OnDisks.Any(known => known.Disk == disk);

    /// <summary>Partitions of the list that no disk of the node has.</summary>
    public static IReadOnlyList<PartitionId> Lacking(RosterAnswer roster, IReadOnlyCollection<PartitionId> loaded)
    {
        var here = loaded as IReadOnlySet<PartitionId> ?? loaded.ToHashSet();
        return [.. roster.Partitions.Where(partition => !here.Contains(partition)).Distinct().OrderBy(partition => partition.Value)];
    }

    /// <summary>Two answers say the same: the same partitions on the same disks, in whatever order.</summary>
    public static bool AreEqual(RosterAnswer one, RosterAnswer other) =>
        one.Partitions.ToHashSet().SetEquals(other.Partitions)
        && one.OnDisks.Select(known => (known.PartitionId, known.Disk)).ToHashSet().SetEquals(other.OnDisks.Select(known => (known.PartitionId, known.Disk)));
}

/// <summary>Believes a list only when the master has said the same twice in a row. Pure.</summary>
/// <remarks>What must never happen: a directory is renamed because of one answer, of an empty one, or of a call that failed.</remarks>
internal sealed class RosterConfirmation
{
    private RosterAnswer? _last;

    /// <returns>True if this answer confirms the one before it. An empty one neither confirms nor is confirmed.</returns>
    public bool Confirms(RosterAnswer answer)
    {
        var confirms = !answer.IsEmpty && _last is { } last && RosterComparison.AreEqual(last, answer);
        _last = answer.IsEmpty ? null : answer;
        return confirms;
    }

    /// <summary>A call failed: what was said before it has to be said twice again.</summary>
    public void Fail() => _last = null;
}
