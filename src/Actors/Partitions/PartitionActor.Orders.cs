using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

// What masters order of one replica: who its members are, whether it is being repaired, and to begin anew with other members.
internal sealed partial class PartitionActor
{
    /// <summary>All nodes of the cluster as the master knows them, by their data addresses. Sent now and then; nobody waits for an answer.</summary>
    /// <remarks>
    /// A peer whose address is another node's by now was made anew and has forgotten what it acknowledged: it leaves this replica's idea of the group,
    /// without the log. Source: CubeFS datanode/partition.go validatePeers. A member of which only the id is known gets its address.
    /// </remarks>
    public sealed record KnownNodes(IReadOnlyDictionary<string, NodeId> Ids);

    /// <summary>This actor has ended and its store is closed; the replica is to be loaded anew, and whoever asked for it to be told.</summary>
    /// <param name="Ended">This actor; it ends right behind the message.</param>
    public sealed record LoadAnew(PartitionId Partition, long Bytes, long Number, IActorRef Desk, IActorRef Ended);

    private sealed record OpenOrder(TaskDesk.PartitionOrder Order, IActorRef Desk)
    {
        public int Tries { get; init; }

        /// <summary>Of a leader's own removal: leadership was handed over, or could not be.</summary>
        public bool HasHandedOver { get; init; }
    }

    /// <summary>Behind the close the replica is loaded again.</summary>
    /// <param name="Desk">Waits for it; nobody where it was no order.</param>
    private sealed record Reload(long Number, IActorRef Desk);

    private sealed record OrderEnded(OpenOrder Order, string? Refusal);

    private sealed record EntryEnded(OpenOrder Order, ProposalOutcome Outcome);

    private sealed record TryOrderAgain(OpenOrder Order);

    private sealed record Removed(OpenOrder Order, NodeId Member);

    private sealed record MetaReplaced(OpenOrder Order);

    private sealed record RepairPaused(OpenOrder Order);

    private sealed record NodesLearned(IReadOnlyList<NodeId> Expired);

    /// <summary>For the answer of a leader. With <see cref="HandOverLimit"/> less than the 25 s after which the desk gives an order up, and the 30 s after which the master does.</summary>
    private static readonly TimeSpan RelayLimit = TimeSpan.FromSeconds(17);

    /// <summary>A new leader has committed its first entry long before so many ticks are over, or leads no more.</summary>
    private const int TriesMax = 20;

    private readonly Dictionary<long, OpenOrder> _orders = [];
    private long? _change; // the order to change the members, or META as a whole, that is under way: one at a time
    private OperationHandle? _changing; // the same, in the ledger
    private Reload? _reload;

    private PartitionMeta Meta => _machine!.Record.Meta;

    private void ReceiveOrders()
    {
        Receive<TaskDesk.PartitionOrder>(order => Take(new OpenOrder(order, Sender)));
        Receive<TryOrderAgain>(again => ChangeMembers(again.Order));
        ReceiveHandOver();
        Receive<EntryEnded>(ended =>
        {
            // What a leader knows of its members is not sure before the first commit of its term.
            if (ended.Outcome == ProposalOutcome.TooEarly && ended.Order.Tries < TriesMax)
                Timers.StartSingleTimer(ended.Order.Order.Number, new TryOrderAgain(ended.Order with { Tries = ended.Order.Tries + 1 }), _context.Raft.Groups.Tick);
            else End(ended.Order, OrderedEntry.RefusalOf(ended.Outcome));
        });
        Receive<OrderEnded>(ended => End(ended.Order, ended.Refusal));
        Receive<Removed>(removed =>
        {
            Log.PartitionNote(_log, _partition, $"member {removed.Member} was removed by force, without the raft log");
            Forget([removed.Member]);
            End(removed.Order, null);
        });
        Receive<MetaReplaced>(replaced =>
        {
            _changing?.Finish("META has the members that were ordered; the replica is loaded anew");
            _changing = null;
            _orders.Remove(replaced.Order.Order.Number); // answered when it is loaded again
            _reload = new Reload(replaced.Order.Order.Number, replaced.Order.Desk);
            Log.PartitionNote(_log, _partition, $"its members were replaced by order: {string.Join(", ", Meta.Peers.Select(peer => $"{peer.Id} at {peer.Address}"))}; it is loaded anew");
            BeginClose();
        });
        Receive<RepairPaused>(paused =>
        {
            _repairs.Tell(new RepairDesk.Halt()); // META is written: no task begins behind it
            End(paused.Order, null);
        });
        Receive<KnownNodes>(Learn);
        Receive<NodesLearned>(learned =>
        {
            foreach (var expired in learned.Expired) Log.PartitionNote(_log, _partition, $"member {expired} is another node by now, as the master says, and leaves this replica's group without the raft log");
            Forget(learned.Expired);
        });
    }

    private void Take(OpenOrder open)
    {
        _orders.Add(open.Order.Number, open);
        switch (open.Order.Request)
        {
            case AddRaftMemberRequest or RemoveRaftMemberRequest or RecoverReplicaMetaRequest when _change is not null:
                _context.Operations.Excluded(OperationKind.MemberChange, OperationConflicts.Of(OperationKind.MemberChange, OperationKind.MemberChange));
                End(open, MemberOrders.ChangeUnderWay);
                break;
            case AddRaftMemberRequest or RemoveRaftMemberRequest:
                BeginChange(open);
                ChangeMembers(open);
                break;
            case RecoverReplicaMetaRequest recover:
                ReplaceMeta(open, recover);
                break;
            case SetRepairingStatusRequest repairing:
                if (_port is not { Leads: true }) End(open, ErrorTexts.NotRaftLeader);
                else Propose(open, RaftEntryType.Normal, ControlCommand.SetRepairingStatus(repairing));
                break;
            case StopPartitionRepairRequest stop:
                StopRepair(open, stop.Stop);
                break;
            default:
                End(open, $"{ErrorTexts.ArgMismatch}: a partition has no order {open.Order.Request.GetType().Name}");
                break;
        }
    }

    private void BeginChange(OpenOrder open)
    {
        _change = open.Order.Number;
        var (peer, detail) = open.Order.Request switch
        {
            AddRaftMemberRequest add => (add.AddPeer.Address, $"adds member {add.AddPeer.Id}"),
            RemoveRaftMemberRequest remove => (remove.RemovePeer.Address, $"removes member {remove.RemovePeer.Id}{(remove.Force ? ", by force" : "")}"),
            RecoverReplicaMetaRequest recover => (null, $"replaces all members by {string.Join(", ", recover.Peers.Select(known => $"{known.Id} at {known.Address}"))}"),
            _ => (null, ""),
        };
        _changing = _context.Operations.Begin(OperationKind.MemberChange, _context.Operations.NewId(), _partition, null, peer, detail);
    }

    private void ChangeMembers(OpenOrder open)
    {
        if (!_orders.ContainsKey(open.Order.Number)) return; // answered meanwhile
        var group = _port?.Status;
        var decision = open.Order.Request is AddRaftMemberRequest add
            ? MemberOrders.Decide(Meta, group, add)
            : MemberOrders.Decide(Meta, group, (RemoveRaftMemberRequest)open.Order.Request, mayHandOver: !open.HasHandedOver);
        switch (decision.Step)
        {
            case MemberStep.Succeed:
                End(open, null);
                break;
            case MemberStep.Refuse:
                End(open, decision.Text);
                break;
            case MemberStep.Forward:
                _context.Raft.Peers.RelayAsync(decision.Text, open.Order.Header, open.Order.Json, RelayLimit).PipeTo(
                    Self, success: answer => new OrderEnded(open, answer.Refusal), failure: cause => new OrderEnded(open, cause.Message));
                break;
            case MemberStep.HandOver:
                BeginHandOver(open);
                break;
            case MemberStep.Propose:
                var data = new byte[MembershipChange.Bytes + decision.Context!.Length];
                decision.Context.CopyTo(data, decision.Change.Write(data));
                Propose(open, RaftEntryType.Membership, data);
                break;
            case MemberStep.RemoveByForce:
                var (record, removal) = (_machine!.Record, decision.Removal!);
                Do(open, () =>
                {
                    // A replica that is still being filled stays so: without the log, nobody has made sure that it is complete.
                    record.Change(meta => ReplicaRecord.WithoutMember(meta, removal.RemovePeer, removal.RepairingStatus) with { IsBeingRebuilt = meta.IsBeingRebuilt });
                    return new Removed(open, removal.RemovePeer.Id);
                });
                break;
        }
    }

    /// <summary>Puts an entry into the raft log; its order ends when it is applied here.</summary>
    private void Propose(OpenOrder open, RaftEntryType type, byte[] data)
    {
        if (_port is null || !_context.Raft.Buffers.TryRent(data.Length, out var lease))
        {
            End(open, _port is null ? ErrorTexts.NotRaftLeader : $"the node's buffers are spent, {ErrorTexts.TryAgain}");
            return;
        }

        data.CopyTo(lease.Data);
        var self = Self;
        var entry = new OrderedEntry(type, lease, data.Length, outcome => self.Tell(new EntryEnded(open, outcome), ActorRefs.NoSender));
        if (_port.TryPropose(entry) is not { } failure) return;
        lease.Release();
        End(open, failure == ProposeFailure.TooMany ? $"too much is under way in this partition, {ErrorTexts.TryAgain}" : ErrorTexts.NotRaftLeader);
    }

    /// <summary>0x6B: says something only to a replica that is filled before it joins its group.</summary>
    private void StopRepair(OpenOrder open, bool stop)
    {
        if (!Meta.IsBeingRebuilt)
        {
            End(open, null);
            return;
        }

        var record = _machine!.Record;
        Do(open, () =>
        {
            record.Change(meta => meta.IsBeingRebuilt ? meta with { StopRecover = stop } : meta);
            return stop ? new RepairPaused(open) : new OrderEnded(open, null);
        });
    }

    /// <summary>0x6C: other members, by order of an operator. The group begins anew with them, so the replica is closed and loaded again.</summary>
    private void ReplaceMeta(OpenOrder open, RecoverReplicaMetaRequest recover)
    {
        if (WhyNot(recover) is { } why)
        {
            End(open, $"{ErrorTexts.ArgMismatch}: {why}");
            return;
        }

        BeginChange(open);
        var record = _machine!.Record;
        Do(open, () =>
        {
            record.Change(meta => meta with { Peers = [.. recover.Peers], Hosts = [.. recover.Hosts] });
            return new MetaReplaced(open);
        });
    }

    /// <returns>Null for members that a group can be made of.</returns>
    internal static string? WhyNot(RecoverReplicaMetaRequest recover) =>
        recover.Peers.Count is 0 or > Preparation.FollowersMax || recover.Hosts.Count is 0 or > Preparation.FollowersMax ? $"{recover.Peers.Count} peers, {recover.Hosts.Count} hosts"
        : recover.Peers.FirstOrDefault(peer => peer.Id.Value == 0 || !IsAddress(peer.Address)) is { } bad ? $"peer {bad.Id} at '{bad.Address}'"
        : recover.Hosts.FirstOrDefault(host => !IsAddress(host)) is { } host ? $"host '{host}'"
        : recover.Peers.DistinctBy(peer => peer.Id).Count() != recover.Peers.Count || recover.Hosts.Distinct().Count() != recover.Hosts.Count ? "one is named twice"
        : null;

    private static bool IsAddress(string text) => System.Net.IPEndPoint.TryParse(text, out var address) && address.Port > 0;

    /// <summary>Runs work of an order on the disk's threads; whatever keeps it from its end refuses the order.</summary>
    private void Do(OpenOrder open, Func<object> work)
    {
        var gate = _gate!;
        if (!gate.TryEnter())
        {
            End(open, $"the partition is being closed, {ErrorTexts.TryAgain}");
            return;
        }

        _context.Threads.RunAsync(
            () =>
            {
                try
                {
                    return work();
                }
                finally
                {
                    gate.Exit();
                }
            }, IoClass.Load).PipeTo(Self, failure: cause => new OrderEnded(open, cause.Message));
    }

    private void Learn(KnownNodes known)
    {
        if (!_isSettled) return; // it comes again
        var (record, self) = (_machine!.Record, _context.NodeAddress());
        var expired = ReplicaRecord.Expired(record.Meta, self, known.Ids);
        if (expired.Count == 0 && (!ReplicaRecord.LacksAddresses(record.Meta) || ReplicaRecord.WithAddresses(record.Meta, known.Ids) == record.Meta)) return;
        RunInside(_ =>
        {
            record.Change(meta => ReplicaRecord.WithAddresses(ReplicaRecord.WithoutExpired(meta, self, known.Ids), known.Ids));
            return new NodesLearned(expired);
        })?.PipeTo(Self);
    }

    /// <summary>META has changed beside the raft log: the group has to follow.</summary>
    private void Forget(IReadOnlyList<NodeId> members)
    {
        Adopt();
        _port?.TryRun(group =>
        {
            foreach (var member in members) group.ForceRemove(member);
            group.MetaMayHaveChanged();
        });
    }

    /// <summary>META has changed, on the disk and in memory.</summary>
    private void Adopt()
    {
        var meta = Meta; // the newest, whoever changed it
        // Whoever is new has none of what the tiny extents hold: the chain leader compares them before it gives them out again.
        var hasNew = meta.Peers.Any(peer => _meta!.Peers.All(known => known.Id != peer.Id));
        _meta = meta;
        if (hasNew && meta.Hosts.Count > 0 && meta.Hosts[0] == _context.NodeAddress()) _gate!.Store.DemoteTiny((int)ExtentId.TinyLast);
        LearnAddresses(meta);
        if (_isSettled) Republish();
    }

    private void End(OpenOrder open, string? refusal)
    {
        if (_change == open.Order.Number)
        {
            if (refusal is null) _changing?.Finish("it is so");
            else _changing?.Fail(refusal);
            (_change, _changing) = (null, null);
        }

        if (_orders.Remove(open.Order.Number)) open.Desk.Tell(new TaskDesk.Done(open.Order.Number, Refusal: refusal));
    }

    /// <summary>The replica ends: whoever waits for it is told now.</summary>
    private void RefuseOrders()
    {
        foreach (var open in _orders.Values) open.Desk.Tell(new TaskDesk.Done(open.Order.Number, Refusal: ErrorTexts.RaftShutDown));
        _orders.Clear();
        _changing?.Fail("the replica ended");
        _changing = null;
    }
}
