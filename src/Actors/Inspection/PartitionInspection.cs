using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <inheritdoc cref="IPartitionInspection"/>
internal sealed class PartitionInspection(PartitionGates gates, NodeBoard board, Func<PartitionId, RaftGroupPort?> findGroup, RaftGroupSettings raft, TimeProvider time) : IPartitionInspection
{
    /// <summary>An operator waits no longer than this for a disk.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Of a record of deletes, from its end: what an answer may hold. 1 MiB are 40,000 tiny or 130,000 normal deletes.</summary>
    private const int DeleteLogBytesMax = 1 << 20;

    public InspectedPartition? Find(PartitionId partition) => board.Partition(partition) is { } figures && IsSettled(figures) ? Describe(figures) : null;

    public IReadOnlyList<InspectedPartition> List() => [.. board.Partitions.Where(IsSettled).Select(Describe)];

    public RaftGroupView? Raft(PartitionId partition) =>
        findGroup(partition) is { } port ? new RaftGroupView(port.Self, port.Status, port.MessagesWaiting, port.MessagesDropped, port.ProposalsRefused, raft.Tick) : null;

    public Task<Inspected<ExtentListing>> ExtentsAsync(PartitionId partition, CancellationToken cancel) =>
        ReadAsync(partition, static store => new ExtentListing(store.List(), store.TinyDeleteLogBytes) { LockOf = store.Locks.KindOf }, cancel);

    public Task<Inspected<ExtentRecord?>> ExtentAsync(PartitionId partition, ExtentId extent, CancellationToken cancel) =>
        ReadAsync(partition, store => store.Find(extent), cancel);

    public Task<Inspected<IReadOnlyList<uint>?>> BlockCrcsAsync(PartitionId partition, ExtentId extent, CancellationToken cancel) => ReadAsync(
        partition,
        store => store.Find(extent) is null ? null : store.BlockCrcs(extent, out var crcs) switch
        {
            StorageError.ExtentMissing or StorageError.ExtentDeleted => null,
            _ => (IReadOnlyList<uint>?)crcs,
        },
        cancel);

    public Task<Inspected<IReadOnlyList<DeleteRecord>>> TinyDeletesAsync(PartitionId partition, CancellationToken cancel) => ReadAsync(
        partition, static store => Deletes(store.TinyDeleteLogBytes, store.ReadTinyDeleteLog, ExtentStore.TinyDeleteRecordBytes), cancel);

    public Task<Inspected<IReadOnlyList<DeleteRecord>>> NormalDeletesAsync(PartitionId partition, CancellationToken cancel) => ReadAsync(
        partition, static store => Deletes(store.NormalDeleteLogBytes, store.ReadNormalDeleteLog, ExtentStore.NormalDeleteRecordBytes), cancel);

    private const int Unavailable = -1;

    private static bool IsSettled(PartitionFigures figures) => figures.State is PartitionState.Serving or PartitionState.Unavailable;

    private InspectedPartition Describe(PartitionFigures figures) => new(
        figures, StatusOf(figures), gates.Find(figures.Id)?.Machine.Record.Directory ?? $"{figures.DiskPath}/{PartitionDirectory.NameOf(figures.Id, figures.Size)}", Raft(figures.Id));

    /// <summary>What the masters are told of it, too.</summary>
    private int StatusOf(PartitionFigures figures) => board.Disk(figures.DiskPath) is { } disk ? HeartbeatReport.StatusOf(figures, disk) : Unavailable;

    private delegate int LogRead(long offset, Span<byte> destination);

    /// <summary>The last records of a delete log, as many as an answer may hold. Records of zeros are fillings behind a torn one.</summary>
    private static IReadOnlyList<DeleteRecord> Deletes(long length, LogRead read, int recordBytes)
    {
        var whole = length / recordBytes * recordBytes;
        var start = Math.Max(0, whole - (long)(DeleteLogBytesMax / recordBytes * recordBytes));
        var bytes = new byte[whole - start];
        var filled = read(start, bytes);
        var records = new List<DeleteRecord>(filled / recordBytes);
        for (var at = 0; at + recordBytes <= filled; at += recordBytes)
        {
            var record = bytes.AsSpan(at, recordBytes);
            if (!record.ContainsAnyExcept((byte)0)) continue;
            records.Add(recordBytes == ExtentStore.NormalDeleteRecordBytes
                ? new DeleteRecord(BinaryPrimitives.ReadUInt64BigEndian(record), 0, 0)
                : new DeleteRecord(
                    BinaryPrimitives.ReadUInt64BigEndian(record), BinaryPrimitives.ReadUInt64BigEndian(record[8..]), BinaryPrimitives.ReadUInt64BigEndian(record[16..])));
        }

        return records;
    }

    private async Task<Inspected<T>> ReadAsync<T>(PartitionId partition, Func<ExtentStore, T> read, CancellationToken cancel)
    {
        if (gates.Find(partition) is not { } gate || !gate.TryEnter()) return default;
        var look = new StoreLook<T>(gate, read);
        if (!gate.Disk.TryPost(look, Runtime.IoClass.Load))
        {
            gate.Exit();
            return new Inspected<T>(true, default!, "the disk's queue is full; ask again later");
        }

        try
        {
            return new Inspected<T>(true, await look.Task.WaitAsync(Deadline, time, cancel).ConfigureAwait(false), null);
        }
        catch (TimeoutException)
        {
            return new Inspected<T>(true, default!, $"the disk has not answered within {Deadline.TotalSeconds:0} s");
        }
        catch (Runtime.DiskFaultException fault)
        {
            return new Inspected<T>(true, default!, fault.Message);
        }
    }
}
