using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Where the requests of a partition are counted, found once and kept by its gate.</summary>
/// <param name="Generation">Meters of another generation count under labels that are not wanted any more.</param>
internal sealed record PartitionMeter(object Generation, OperationSet Operations, TransferSet Transfers);

/// <summary>The operations under one set of labels: a histogram for each opcode that was seen.</summary>
internal sealed class OperationSet(OperationLabels labels, long[] bounds)
{
    private readonly LatencySeries?[] _byOpcode = new LatencySeries?[256];

    public OperationLabels Labels => labels;

    public LatencySeries Of(Opcode opcode)
    {
        ref var series = ref _byOpcode[(byte)opcode];
        return Volatile.Read(ref series) ?? Create(ref series);
    }

    public IEnumerable<(Opcode Opcode, LatencySeries Series)> Seen()
    {
        for (var value = 0; value < _byOpcode.Length; value++)
            if (Volatile.Read(ref _byOpcode[value]) is { } series) yield return ((Opcode)value, series);
    }

    private LatencySeries Create(ref LatencySeries? place)
    {
        var created = new LatencySeries(bounds);
        return Interlocked.CompareExchange(ref place, created, null) ?? created;
    }
}

/// <summary>Data written and read under one set of labels.</summary>
internal sealed class TransferSet(TransferLabels labels, long[] bounds)
{
    public TransferLabels Labels => labels;
    public LatencySeries Writes { get; } = new(bounds);
    public LatencySeries Overwrites { get; } = new(bounds);
    public LatencySeries Reads { get; } = new(bounds);
}

/// <summary>Labels of an operation. All are empty for tasks of the master.</summary>
/// <param name="Partition">Empty unless labels by partition are on.</param>
/// <param name="Directory">The partition's; empty unless labels by partition are on.</param>
public sealed record OperationLabels(string Volume, string Partition, string Directory);

/// <summary>Labels of data written and read.</summary>
/// <param name="Disk">The root of the disk.</param>
/// <param name="Partition">Empty unless labels by partition are on: then the label is left out.</param>
public sealed record TransferLabels(string Volume, string Disk, string Partition);
