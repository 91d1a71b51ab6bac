using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// Sending entries and snapshots, and taking a snapshot in.
internal sealed partial class RaftGroup
{
    /// <summary>Entries in one append, besides the limit in bytes.</summary>
    private const int EntriesPerAppend = 1024;

    private readonly List<TaskCompletionSource<bool>> _snapshotsAwaited = [];
    private RaftPayload[] _outgoing = new RaftPayload[64];
    private IReadOnlyList<NodeId> _snapshotMembers = [];
    private long _snapshotSequence; // of the log write whose completion the senders wait for; 0 for none

    private void Replicate(in RaftEffect effect)
    {
        if (!_core.IsCurrent(effect)) return;
        if (effect.First > effect.Last)
        {
            Answer(effect, _parts.Transport.SendAppend(effect.Message, default), effect.First - 1);
            return;
        }

        if (!_cache.TryGet(effect.First, out _))
        {
            ReadBack(effect);
            return;
        }

        var count = 0;
        long bytes = 0;
        for (var index = effect.First; index <= effect.Last && count < EntriesPerAppend && _cache.TryGet(index, out var entry); index++)
        {
            bytes += entry.Header.EncodedBytes;
            if (count > 0 && bytes > _parts.Raft.AppendBytesMax) break;
            if (count == _outgoing.Length) Array.Resize(ref _outgoing, _outgoing.Length * 2);
            _outgoing[count++] = entry;
        }

        Answer(effect, _parts.Transport.SendAppend(effect.Message, _outgoing.AsSpan(0, count)), effect.First + (ulong)count - 1);
        Array.Clear(_outgoing, 0, count);
    }

    private void Answer(in RaftEffect effect, RaftSendResult result, ulong last)
    {
        if (result == RaftSendResult.Queued) _core.Replicated(effect.Peer, effect.Term, last, _effects);
        else _core.ReplicateFailed(effect.Peer, effect.Term, _effects);
    }

    /// <summary>The cache has dropped them: they are read from the log, on the disk's threads, below what clients wait for.</summary>
    private void ReadBack(RaftEffect effect)
    {
        if (!_parts.Buffers.TryRent(BufferPool.LargeBytes, out var lease) || !_parts.Disk.TryPost(new LogReading(this, effect, lease), IoClass.Load))
        {
            lease?.Release();
            _core.ReplicateFailed(effect.Peer, effect.Term, _effects);
        }
    }

    private void HaveRead(in RaftEffect effect, in RaftLogRead read, RaftLogSlice[] slices, BufferLease lease)
    {
        if (read.Status == RaftLogReadStatus.Damaged)
            throw new StorageCorruptException(_parts.Machine.Record.Directory, $"its raft log is damaged: {read.Problem}", "Let the master rebuild this replica");
        if (!_core.IsCurrent(effect)) return;
        var count = 0;
        if (_outgoing.Length < read.Count) _outgoing = new RaftPayload[slices.Length];
        while (read.Status == RaftLogReadStatus.Read && count < read.Count)
        {
            var header = slices[count].Header;
            _outgoing[count] = new RaftPayload(header, header.DataBytes > 0 ? lease : null, BufferLease.HeadroomBytes + slices[count].DataOffset);
            count++;
        }

        // An entry too long for the buffer is none of a client; whatever it is, this member gets it by a snapshot or not at all.
        if (count == 0) _core.ReplicateFailed(effect.Peer, effect.Term, _effects);
        else Answer(effect, _parts.Transport.SendAppend(effect.Message, _outgoing.AsSpan(0, count)), effect.First + (ulong)count - 1);
        Array.Clear(_outgoing, 0, count);
    }

    private void SendSnapshot(in RaftEffect effect)
    {
        if (!_core.IsCurrent(effect)) return;
        var (peer, term, port) = (effect.Peer, effect.Term, _port);
        _parts.Transport.SendSnapshotAsync(effect.Message, effect.Position, [.. _core.Members.Select(member => member.Member)]).ContinueWith(
            sent => port.TryRun(group => group._core.SnapshotEnded(peer, term, sent.Result == RaftSnapshotOutcome.Accepted, group._effects)), TaskContinuationOptions.ExecuteSynchronously);
    }

    /// <summary>A snapshot stream has arrived in full; in the group's turn.</summary>
    public void TakeSnapshot(in RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members, TaskCompletionSource<bool> answer)
    {
        switch (_core.StepSnapshot(message, at, _effects))
        {
            case SnapshotAnswer.Refuse:
                answer.TrySetResult(false);
                break;
            case SnapshotAnswer.Acknowledge:
                answer.TrySetResult(true);
                break;
            default:
                _snapshotMembers = members;
                _snapshotsAwaited.Add(answer);
                break;
        }
    }

    /// <summary>State first, then log: a crash between the two leaves an applied id that is behind nothing the log still has.</summary>
    private void InstallSnapshot(LogPosition position)
    {
        FailProposals(ProposalOutcome.NotLeader);
        var (machine, disk, port) = (_parts.Machine, _parts.Disk, _port);
        _applier.ClearAsync().ContinueWith(_ => disk.RunAsync(
            () =>
            {
                machine.Install(position.Index);
                return true;
            }, IoClass.Load), TaskContinuationOptions.ExecuteSynchronously).Unwrap().ContinueWith(
            installed => port.TryRun(group => group.StateInstalled(position, installed.Exception?.InnerException)), TaskContinuationOptions.ExecuteSynchronously);
    }

    private void StateInstalled(LogPosition position, Exception? failure)
    {
        if (failure is not null)
        {
            // The disk's queue was full, or the disk failed: the sender tries again, and nothing has changed here. What the applier has
            // forgotten for it is handed over once more; it lies in the log.
            _core.SnapshotFailed();
            var upTo = _handedOver;
            _handedOver = _core.Applied;
            HandOver(upTo);
            AnswerSnapshots(false);
            Log.PartitionNote(_logger, _port.Partition, $"a snapshot could not be taken in: {failure.Message}");
            return;
        }

        _cache.Clear();
        _writing.Clear();
        _handedOver = position.Index;
        _sequence = _log.InstallSnapshot(position, _core.State with { Commit = position.Index });
        _core.SnapshotInstalled(position, _snapshotMembers, _effects); // its answer waits for the log, like every other
        _snapshotSequence = _sequence;
        Log.PartitionNote(_logger, _port.Partition, $"a snapshot up to entry {position.Index} has replaced its log; what was overwritten before is as the repair copied it");
    }

    private void AnswerSnapshots(bool installed)
    {
        _snapshotSequence = 0;
        foreach (var answer in _snapshotsAwaited) answer.TrySetResult(installed);
        _snapshotsAwaited.Clear();
    }

    private sealed class LogReading(RaftGroup group, RaftEffect effect, BufferLease lease) : WorkItem
    {
        public override void Execute()
        {
            var slices = new RaftLogSlice[EntriesPerAppend];
            RaftLogRead read;
            try
            {
                read = group._parts.Log.Read(effect.First, effect.Last, lease.Data.Span, slices);
            }
            catch (Exception e) when (e is DiskFaultException or ObjectDisposedException)
            {
                lease.Release();
                group._port.TryRun(g => g._core.ReplicateFailed(effect.Peer, effect.Term, g._effects));
                return;
            }

            var taken = group._port.TryRun(
                g =>
                {
                    try
                    {
                        g.HaveRead(effect, read, slices, lease);
                    }
                    finally
                    {
                        lease.Release();
                    }
                },
                dropped: lease.Release);
            if (!taken) lease.Release();
        }
    }
}
