using System.Text.Json;

namespace CubeActors.Protocol;

/// <summary>Data of 0x08: what a follower is to create and to repair. The answer comes when all of it is done.</summary>
/// <remarks>Source: CubeFS datanode/data_partition_repair.go DataPartitionRepairTask.</remarks>
public sealed record RepairTask
{
    public const byte Tiny = 0;
    public const byte Normal = 1;

    /// <summary><see cref="Tiny"/> or <see cref="Normal"/>.</summary>
    public byte TaskType { get; init; }
    /// <summary>With <see cref="Watermark.Source"/>; of the rest only extent, size and snapshot end are set.</summary>
    public IReadOnlyList<Watermark> ExtentsToBeCreated { get; init => field = value ?? []; } = [];
    public IReadOnlyList<Watermark> ExtentsToBeRepaired { get; init => field = value ?? []; } = [];
    /// <summary>Bytes of the sender's log of tiny deletes.</summary>
    public long LeaderTinyDeleteRecordFileSize { get; init; }
    public string LeaderAddr { get; init => field = value ?? ""; } = "";

    /// <returns>False if it is no task, or names more than <paramref name="extentsMax"/> extents in either list.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, out RepairTask task, int extentsMax = Watermarks.ExtentsMax)
    {
        task = new RepairTask();
        // Counted before it is read: tiny elements must not grow into lists many times their size.
        if (GoJson.ObjectsAtMost(data) > 2L * extentsMax + 1) return false;
        if (!GoJson.TryRead(data, BodyJson.Default.RepairTask, out var read)) return false;
        if (read.ExtentsToBeCreated.Count > extentsMax || read.ExtentsToBeRepaired.Count > extentsMax) return false;
        task = read;
        return true;
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, BodyJson.Default.RepairTask);
}
