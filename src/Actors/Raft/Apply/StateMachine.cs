using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What became of one committed entry here.</summary>
internal enum ApplyResult
{
    /// <summary>Its effects are in the store, or it had none; go on behind it.</summary>
    Done,

    /// <summary>The store is closed: the entry stays to be applied after the next start.</summary>
    StoreClosed,

    /// <summary>There is no room for it now. The same entry has to be tried again, nothing behind it may overtake it.</summary>
    NoSpace,
}

/// <summary>Applies committed entries to the extents of one replica, exactly as a Go replica does, and knows how far that has come.</summary>
/// <remarks>
/// One caller at a time, on I/O threads. Applied ids follow CubeFS to the entry, because its SDK compares those of replicas for equality:
/// overwrites and membership changes move them, no-ops and control commands do not. What is durable is said by <see cref="DurableApplied"/>
/// and by APPLY, and never runs ahead of the extents.
/// Between its record and its extents (<see cref="Attach"/>) it applies nothing and saves nothing, and what is durable stays as it was found.
/// </remarks>
/// <param name="store">Null: the extents are opened later, see <see cref="Attach"/>.</param>
internal sealed class StateMachine(ExtentStore? store, ReplicaRecord record, ulong applied)
{
    private volatile ExtentStore? _store = store;
    private readonly Lock _saving = new();
    private ulong _applied = applied;
    private ulong _begun = applied;
    private ulong _durable = applied;
    private ulong _leastApplied;

    /// <summary>The id of the last entry that counts and was applied.</summary>
    public ulong Applied => Interlocked.Read(ref _applied);

    /// <summary>No entry behind this one has touched a byte of the extents: the last one that was begun. Ahead of <see cref="Applied"/> while it is being applied.</summary>
    public ulong Begun => Math.Max(Applied, Interlocked.Read(ref _begun));

    /// <summary><see cref="Applied"/>, as far as it survives a power cut.</summary>
    public ulong DurableApplied => Interlocked.Read(ref _durable);

    /// <summary>The extents hold what the overwrites up to here have written: applied here, or copied from a replica that had applied them.</summary>
    public ulong HeldUpTo => Math.Max(Applied, record.Meta.CopiedUpTo);

    public ReplicaRecord Record => record;

    /// <summary>The extents are here. Once.</summary>
    public void Attach(ExtentStore opened)
    {
        Invariant.Check(_store is null);
        _store = opened;
    }

    private ExtentStore Store => _store ?? throw new InvariantViolationException("an entry is applied to a replica whose extents are not open");

    /// <summary>What was done on this replica, by whatever way.</summary>
    public OperationCounts Operations { get; } = new();

    /// <summary>Makes the raft log durable as far as it is applied; set by the group. APPLY must not run ahead of the log either: a replica
    /// that lost entries it has applied would apply them again, and a snapshot in the middle of that would leave older bytes for ever.</summary>
    public Func<bool> SyncLog { get; set; } = static () => true;

    /// <summary>What every replica has applied, as a leader said last; 0 until one has.</summary>
    public ulong LeastApplied => Interlocked.Read(ref _leastApplied);

    /// <summary>Source: CubeFS datanode/partition_raft.go: 0 says nothing; a lower number than before is believed.</summary>
    public void LearnLeastApplied(ulong index)
    {
        if (index > 0) Interlocked.Exchange(ref _leastApplied, index);
    }

    /// <summary>Applies a normal entry.</summary>
    /// <param name="note">Told, in one sentence, what was ignored.</param>
    /// <exception cref="DiskFaultException">The disk failed; whether the entry is applied is not known, it will be applied again.</exception>
    /// <exception cref="StorageCorruptException">The entry is none that this program could apply as others do.</exception>
    public ApplyResult Apply(ulong index, ReadOnlySpan<byte> command, Action<string> note)
    {
        if (command.IsEmpty) return ApplyResult.Done; // a leader's first entry
        // META.ApplyID covers it: what it changed is durable and may have been changed again since.
        if (index <= record.Meta.ApplyId) return ApplyResult.Done;
        return RaftCommand.KindOf(command) switch
        {
            RaftCommandKind.RandomWrite => Write(index, command, note),
            RaftCommandKind.Control => Control(index, command, note),
            _ => throw Unknown(index, $"{command.Length} bytes that are no command"),
        };
    }

    /// <summary>Applies a change of the members that has taken effect in the group.</summary>
    /// <param name="context">The request that led to it, in JSON; a change without one moves only the applied id.</param>
    /// <returns>META as it is now.</returns>
    public PartitionMeta Apply(ulong index, MembershipChange change, ReadOnlySpan<byte> context, Action<string> note)
    {
        var meta = record.Meta;
        if (index > meta.ApplyId) meta = ChangeMembers(change, context, note);
        Interlocked.Exchange(ref _applied, Math.Max(Applied, index));
        Save(); // as CubeFS: a membership is never older on the disk than in the group
        return meta;
    }

    /// <summary>The first step of taking in a snapshot: may it stand for this replica's extents, and who are the members?</summary>
    /// <remarks>
    /// A snapshot of a data partition has no content, so what it skips has to be in the extents already. Our leaders never skip more: they cut their
    /// logs where all replicas have come, and a copy holds what was cut before it was made. From others (a Go leader sends the snapshot of what it
    /// has applied) it may skip overwrites that are nowhere in this replica, and nobody could tell later which blocks are old.
    /// The steps in order are this one, the reset of the log, <see cref="Install"/>: a crash in between leaves the old log with members that are
    /// newer than it, or the new log with an APPLY that the next start raises.
    /// </remarks>
    /// <returns>META with the members of the snapshot, durable.</returns>
    /// <exception cref="UnknownExtentsException">The replica has to be rebuilt; META says so from now on.</exception>
    public PartitionMeta BeginInstall(ulong index, IReadOnlyList<NodeId> members)
    {
        if (index > HeldUpTo && !IsEmpty())
        {
            var held = HeldUpTo;
            record.Change(meta => meta with { DiskErrorCount = Math.Max(PartitionMeta.ExtentsUnknown, meta.DiskErrorCount) });
            throw new UnknownExtentsException(record.Directory, held, index);
        }

        return record.Change(meta => ReplicaRecord.WithMembers(meta, members));
    }

    /// <summary>The last step, once the log begins behind <paramref name="index"/>: what lies before counts as applied, and APPLY says so.</summary>
    /// <remarks>Also for a log that is found like that at the start: the process was killed before this step.</remarks>
    /// <exception cref="DiskFaultException">APPLY is as it was; it counts all the same, and the next save tries again.</exception>
    public void Install(ulong index)
    {
        CountInstalled(index);
        Save();
    }

    /// <summary>As <see cref="Install"/>, in memory only.</summary>
    public void CountInstalled(ulong index)
    {
        lock (_saving)
            if (index > Applied) Interlocked.Exchange(ref _applied, index);
    }

    private bool IsEmpty() => Applied == 0 && record.Meta.CopiedUpTo == 0 && Store.List().All(static extent => extent.Size == 0);

    /// <summary>Makes durable what was applied before the call, and writes it down.</summary>
    public void Save()
    {
        lock (_saving) // concurrent askers share one sync: the second finds it done
        {
            var applied = Applied;
            if (applied == DurableApplied || _store is not { } opened) return;
            if (!SyncLog()) return; // as below
            if (!opened.Sync()) return; // closed after a fault: whether it was synced, nobody knows
            record.SaveApplied(applied);
            Interlocked.Exchange(ref _durable, applied);
        }
    }

    private ApplyResult Write(ulong index, ReadOnlySpan<byte> bytes, Action<string> note)
    {
        if (index <= HeldUpTo)
        {
            // The extents hold it and what was written over it since. Written again it would take that back, until the last of the later entries
            // is applied; a snapshot in between would leave it so for ever.
            Interlocked.Exchange(ref _applied, Math.Max(Applied, index));
            return ApplyResult.Done;
        }

        if (RandomWriteCommand.TryRead(bytes, out var command) != DecodeStatus.Complete) throw Unknown(index, "an overwrite that is cut off or has an opcode that is none");
        if (command.Size > 0)
        {
            if (command.Opcode is not (Opcode.RandomWrite or Opcode.SyncRandomWrite or Opcode.RandomWriteVersion or Opcode.SyncRandomWriteVersion))
                throw Unknown(index, $"opcode 0x{(byte)command.Opcode:x2} of a volume with snapshots");
            Interlocked.Exchange(ref _begun, index);
            var data = bytes.Slice(RandomWriteCommand.HeaderBytes, (int)command.Size);
            var sync = command.Opcode is Opcode.SyncRandomWrite or Opcode.SyncRandomWriteVersion;
            switch (Store.Overwrite(command.Extent, command.Offset, data, command.Crc, sync))
            {
                case StorageError.None:
                    Operations.Add(CountedOperation.Write);
                    break;
                case StorageError.ExtentMissing or StorageError.ExtentDeleted:
                    break; // deleted meanwhile: CubeFS answers success, and so does every replica
                case StorageError.Closed:
                    return ApplyResult.StoreClosed;
                case StorageError.NoSpace:
                    return ApplyResult.NoSpace;
                case var error:
                    // Checked before it is proposed here; a Go leader proposes it unchecked. All replicas of ours ignore it alike.
                    note($"the overwrite in entry {index} is ignored: {error} for extent {command.Extent} at {command.Offset}, {command.Size} bytes");
                    break;
            }
        }

        Interlocked.Exchange(ref _applied, index);
        return ApplyResult.Done;
    }

    private ApplyResult Control(ulong index, ReadOnlySpan<byte> bytes, Action<string> note)
    {
        if (!ControlCommand.TryRead(bytes, out var command))
        {
            note($"entry {index} is ignored: it is no JSON command");
        }
        else if (command.TryReadRepairingStatus(out var repairing))
        {
            record.Change(meta => meta with { IsRepairing = repairing.RepairingStatus });
        }
        else if (command.Op == (uint)Opcode.VersionLogEntry)
        {
            note($"entry {index} is ignored: versions of a volume with snapshots, which this data node does not serve");
        }
        else if (command.Op <= byte.MaxValue && Opcodes.IsRandomWrite((Opcode)command.Op))
        {
            throw Unknown(index, "an overwrite in the JSON form of CubeFS before 2.0");
        }

        return ApplyResult.Done;
    }

    private PartitionMeta ChangeMembers(MembershipChange change, ReadOnlySpan<byte> context, Action<string> note)
    {
        if (context.IsEmpty || change.Action == MembershipAction.Update) return record.Meta;
        if (change.Action == MembershipAction.Add)
        {
            if (GoJson.TryRead(context, MasterJson.Default.AddRaftMemberRequest, out var add))
                return record.Change(meta => ReplicaRecord.WithMember(meta, add.AddPeer, add.RepairingStatus));
        }
        else if (GoJson.TryRead(context, MasterJson.Default.RemoveRaftMemberRequest, out var remove))
        {
            return record.Change(meta => ReplicaRecord.WithoutMember(meta, remove.RemovePeer, remove.RepairingStatus));
        }

        note("a change of the members carries no readable request; META keeps its peers");
        return record.Meta;
    }

    private StorageCorruptException Unknown(ulong index, string what) => new(
        record.Directory, $"entry {index} of its raft log holds {what}", "This replica stops so that it does not differ from the others. Let the master rebuild it, or go back to the program that wrote the entry");
}
