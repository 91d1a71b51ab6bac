using CubeActors.Protocol;
using CubeActors.Runtime;

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
public sealed class OperationCounts
{
    /// <summary>Kinds that are counted.</summary>
    public const int Kinds = (int)CountedOperation.MarkDelete + 1;

    private readonly StripedCounters _counts = new(Kinds);

    /// <summary>What a request of this kind counts as; null: nothing, or each part of it counts.</summary>
    public static CountedOperation? KindOf(Opcode opcode) => opcode switch
    {
        Opcode.CreateExtent => CountedOperation.Create,
        Opcode.Write or Opcode.SyncWrite => CountedOperation.Write,
        Opcode.ExtentRepairRead or Opcode.TinyExtentRepairRead or Opcode.SnapshotExtentRepairRead => CountedOperation.ReadRepair,
        _ when Opcodes.IsRead(opcode) => CountedOperation.Read,
        _ => null,
    };

    public void Add(CountedOperation operation) => _counts.Add((int)operation, 1);

    /// <summary><paramref name="totals"/> has <see cref="Kinds"/> places.</summary>
    public void Read(Span<long> totals)
    {
        for (var kind = 0; kind < Kinds; kind++) totals[kind] = _counts.Sum(kind);
    }
}
