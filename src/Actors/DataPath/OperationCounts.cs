namespace CubeActors.Actors;

/// <summary>What is counted of the work on a partition. The names are those that a master shows. Source: CubeFS datanode/storage/extent_store.go, stat.RecordStat.</summary>
public enum CountedOperation
{
    Create,
    Write,
    WriteRepair,
    Read,
    ReadRepair,
    MarkDelete,
}

/// <summary>How often each kind of work was done on one partition since it was loaded. Thread-safe; counting allocates nothing.</summary>
/// <remarks>In stripes, so that the threads of a disk and the receiving threads do not pull one cache line from each other.</remarks>
public sealed class OperationCounts
{
    /// <summary>Kinds that are counted.</summary>
    public const int Kinds = (int)CountedOperation.MarkDelete + 1;

    private const int Stripes = 4; // a power of two; 512 bytes a partition
    private const int LongsPerStripe = 16; // two cache lines: neighbours are fetched in pairs

    private readonly long[] _counts = new long[Stripes * LongsPerStripe];

    /// <summary>What a request of this kind counts as; null: nothing, or each part of it counts.</summary>
    public static CountedOperation? KindOf(Protocol.Opcode opcode) => opcode switch
    {
        Protocol.Opcode.CreateExtent => CountedOperation.Create,
        Protocol.Opcode.Write or Protocol.Opcode.SyncWrite => CountedOperation.Write,
        Protocol.Opcode.ExtentRepairRead or Protocol.Opcode.TinyExtentRepairRead or Protocol.Opcode.SnapshotExtentRepairRead => CountedOperation.ReadRepair,
        _ when Protocol.Opcodes.IsRead(opcode) => CountedOperation.Read,
        _ => null,
    };

    public void Add(CountedOperation operation)
    {
        var stripe = Environment.CurrentManagedThreadId & (Stripes - 1);
        Interlocked.Increment(ref _counts[(stripe * LongsPerStripe) + (int)operation]);
    }

    /// <summary>Adds up the stripes; <paramref name="totals"/> has <see cref="Kinds"/> places.</summary>
    public void Read(Span<long> totals)
    {
        for (var kind = 0; kind < Kinds; kind++)
        {
            var total = 0L;
            for (var stripe = 0; stripe < Stripes; stripe++) total += Volatile.Read(ref _counts[(stripe * LongsPerStripe) + kind]);
            totals[kind] = total;
        }
    }
}
