using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

// What the ledger of operations is told of a disk.
internal sealed partial class DiskActor
{
    private readonly List<OperationHandle> _unfinishedDeletes = []; // of earlier runs, whose files are being removed
    private OperationHandle? _recovery;
    private OperationHandle? _reloading;
    private int _toRecover;

    protected override void PostStop()
    {
        const string Why = "the disk's actor ended";
        foreach (var slot in _slots.Values) slot.AnswerAll(Why);
        foreach (var delete in _unfinishedDeletes) delete.Suspend(Why);
        _recovery?.Fail(Why);
        _reloading?.Fail(Why);
    }

    /// <param name="done">What is said of it if it ends well.</param>
    private void WriteDown(ReplicaSlot slot, OperationKind kind, string detail, string done) =>
        slot.Track(_context.Operations.Begin(kind, _context.Operations.NewId(), slot.Partition, _disk.Path, null, detail), done);

    private void WriteDownRemoval(ReplicaSlot slot, string why) => WriteDown(
        slot, OperationKind.DeletePartition, $"{(slot.Next == AfterClose.Delete ? "deleted" : "set aside")}, {why}",
        slot.Next == AfterClose.Delete ? "its directory is out of sight, and its files are being removed" : "its directory is set aside");

    /// <summary>Of another operation that keeps this one from beginning.</summary>
    private void CountExcluded(OperationKind comes, OperationKind runs) => _context.Operations.Excluded(comes, OperationConflicts.Of(comes, runs));

    private void WriteDownUnfinished(IEnumerable<RootEntry> entries)
    {
        foreach (var entry in entries.Where(static entry => entry.Kind == RootEntryKind.Deleting).DistinctBy(static entry => entry.Partition))
            _unfinishedDeletes.Add(_context.Operations.Begin(
                OperationKind.DeletePartition, _context.Operations.NewId(), entry.Partition, _disk.Path, null, "removes the files that an earlier deletion has left"));
    }

    private void WriteDownSwept()
    {
        foreach (var delete in _unfinishedDeletes) delete.Finish("its files are removed");
        _unfinishedDeletes.Clear();
    }

    private void WriteDownRecovery()
    {
        _toRecover = _recovering!.Count;
        _recovery = _context.Operations.Begin(OperationKind.DiskRecovery, _context.Operations.NewId(), null, _disk.Path, null, $"loads {_toRecover} partitions anew that met errors, and takes the disk back");
    }
}
