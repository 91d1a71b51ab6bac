using System.Runtime.ExceptionServices;
using Akka.Actor;
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
    private RaftPayload[] _outgoing = [];
    private IReadOnlyList<NodeId> _snapshotMembers = [];
    private long _snapshotSequence; // of the log's reset that is under way; 0 for none
    private LogPosition _snapshotPosition;

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
            if (count == _outgoing.Length) Array.Resize(ref _outgoing, Math.Max(4, _outgoing.Length * 2));
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
        Fit(ref _outgoing, read.Count);
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
        // A group without members is none; and whether the extents hold what it skips, nobody knows before they are open: the sender tries again.
        if (members.Count == 0 || _stage == LoadStage.LoadingExtents)
        {
            answer.TrySetResult(false);
            return;
        }

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

    /// <summary>In three steps: members, log, applied index. See <see cref="StateMachine.BeginInstall"/>. The core listens to nobody meanwhile.</summary>
    private void InstallSnapshot(LogPosition position)
    {
        FailProposals(ProposalOutcome.NotLeader);
        if (_snapshotsAwaited.Count == 0) _snapshotMembers = [.. _core.Members.Select(member => member.Member)]; // the log of a copy begins, by an append
        var (machine, members, port) = (_parts.Machine, _snapshotMembers, _port);
        _applier.ClearAsync().ContinueWith(_ => RunOnStoreAsync(() => machine.BeginInstall(position.Index, members)), TaskContinuationOptions.ExecuteSynchronously).Unwrap().ContinueWith(
            begun => port.TryRun(group => group.InstallBegun(position, begun.Exception?.InnerException)), TaskContinuationOptions.ExecuteSynchronously);
    }

    private void InstallBegun(LogPosition position, Exception? failure)
    {
        if (failure is UnknownExtentsException) ExceptionDispatchInfo.Throw(failure); // no acknowledgement, no echo: it must not be counted as a good replica
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
        _sequence = _log.InstallSnapshot(position, _core.State with { Commit = position.Index });
        (_snapshotSequence, _snapshotPosition) = (_sequence, position);
    }

    /// <summary>The log begins behind the snapshot now.</summary>
    private void LogReset()
    {
        _snapshotSequence = 0;
        var (machine, position, port) = (_parts.Machine, _snapshotPosition, _port);
        RunOnStoreAsync(() =>
        {
            machine.Install(position.Index);
            return true;
        }).ContinueWith(installed => port.TryRun(group => group.StateInstalled(position, installed.Exception?.InnerException)), TaskContinuationOptions.ExecuteSynchronously);
    }

    private void StateInstalled(LogPosition position, Exception? failure)
    {
        if (failure is DiskFaultException { IsMediaError: true }) ExceptionDispatchInfo.Throw(failure);
        if (failure is not null)
        {
            // The log is what counts: a start reads from it that all before is applied. The next save writes it down here too.
            _parts.Machine.CountInstalled(position.Index);
            Log.PartitionNote(_logger, _port.Partition, $"its applied index could not be written down behind a snapshot, which is tried again: {failure.Message}");
        }

        _handedOver = position.Index;
        _replayTo = Math.Min(_replayTo, position.Index); // what stood behind it was never committed
        _core.SnapshotInstalled(position, _snapshotMembers, _effects); // its answer waits for the log, like every other
        MetaMayHaveChanged();
        _parent.Tell(new MetaChanged(_parts.Machine.Record.Meta), ActorRefs.NoSender);
        if (_snapshotsAwaited.Count == 0) Log.CopyJoins(_logger, _port.Partition, position.Index);
        else Log.PartitionNote(_logger, _port.Partition, $"a snapshot up to entry {position.Index} has replaced its log; what was overwritten before is as the repair copied it");
        AnswerSnapshots(true);
    }

    /// <summary>A replica that does not know where all members are does not stand for election; the members themselves the core knows by their ids.</summary>
    public void MetaMayHaveChanged()
    {
        var lacks = ReplicaRecord.LacksAddresses(_parts.Machine.Record.Meta);
        if (lacks && !_core.LacksAddresses)
        {
            var ids = _parts.Machine.Record.Meta.Peers.Where(peer => peer.Address.Length == 0).Select(peer => peer.Id);
            Log.PartitionNote(_logger, _port.Partition, $"nobody has said where its members {string.Join(", ", ids)} are: it follows but does not stand for election. If the list of the "
                + "masters or a later entry does not tell, let the master write its members anew (cfs-cli: recover replica meta)");
        }

        _core.LacksAddresses = lacks;
    }

    private Task<T> RunOnStoreAsync<T>(Func<T> work)
    {
        var (usage, directory) = (_parts.Usage, _parts.Machine.Record.Directory);
        return _parts.Disk.RunAsync(
            () =>
            {
                if (!usage.TryEnter()) throw new DiskFaultException("take in a snapshot", directory, cause: new ObjectDisposedException(nameof(ExtentStore)));
                try
                {
                    return work();
                }
                finally
                {
                    usage.Exit();
                }
            }, IoClass.Load);
    }

    private void AnswerSnapshots(bool installed)
    {
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
