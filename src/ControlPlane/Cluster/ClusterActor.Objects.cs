using Akka.Actor;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

// Objects, running puts, and the garbage they leave.
internal sealed partial class ClusterActor
{
    private readonly Dictionary<ulong, DateTimeOffset> _leases = [];
    private readonly Dictionary<string, string> _garbageErrors = [];

    private void AddObjectCommands()
    {
        Command<OpenPut>(Handle);
        Command<ExtendPut>(Handle);
        Command<CommitPut>(Handle);
        Command<AbortPut>(abort => EndPut(abort.PutId, "aborted", () => Sender.Tell(new Done())));
        Command<ListObjects>(Handle);
        Command<GetObject>(asked => Sender.Tell(
            PutRules.FindReady(_state, asked.Volume).Refused is { } refused ? refused
            : _state.Objects.TryFind(asked.Volume, asked.Name, out var found) ? (object)found.Object
            : NoObject(asked.Volume, asked.Name)));
        Command<DropObject>(Handle);
        Command<GetGarbage>(Handle);
        Command<NextGarbage>(asked => Sender.Tell(GarbageRules.Next(_state, asked)));
        Command<GarbageGone>(gone => Remember(new GarbageDeleted(gone.PartitionId, gone.Ids), () =>
        {
            if (_state.FindPartition(gone.PartitionId) is { } partition) _garbageErrors.Remove(partition.Volume);
            Sender.Tell(new Done());
        }));
        Command<GarbageFailed>(failed =>
        {
            if (_state.FindPartition(failed.PartitionId) is { } partition) _garbageErrors[partition.Volume] = failed.Error;
        });
    }

    private static Refusal NoObject(string volume, string name) => Refusal.Failed($"object not exists: {volume}/{name}");

    private void Handle(OpenPut open)
    {
        var (opened, refused) = PutRules.Open(_state, open.Intent);
        if (opened is not PutOpened put) Sender.Tell(refused!);
        else
            Remember(put, () =>
            {
                Renew(put.PutId);
                Sender.Tell(new IntentOpened(put.PutId));
            });
    }

    private void Handle(ExtendPut extend)
    {
        if (extend.Extents.Extents.Count == 0 && _state.Objects.FindPut(extend.PutId) is not null) // only to renew
        {
            Renew(extend.PutId);
            Sender.Tell(new Done());
            return;
        }

        var (noted, refused) = PutRules.Extend(_state, extend.PutId, extend.Extents.Extents);
        Remember(noted is null ? [] : [noted], () =>
        {
            if (refused is null) Renew(extend.PutId);
            else _garbage.Tell(new GarbageAdded());
            Sender.Tell(refused ?? (object)new Done());
        });
    }

    private void Handle(CommitPut commit)
    {
        if (_state.Objects.FindCommitted(commit.PutId) is { } before) // the answer to the first commit was lost
        {
            Sender.Tell(ClusterViews.EntryOf(before.Object));
            return;
        }

        var (committed, refused) = PutRules.Commit(_state, commit.PutId, commit.Commit, Now);
        if (committed is null)
        {
            Sender.Tell(refused!);
            return;
        }

        Remember(committed, () =>
        {
            _leases.Remove(commit.PutId);
            _garbage.Tell(new GarbageAdded());
            Sender.Tell(ClusterViews.EntryOf(_state.Objects.FindCommitted(commit.PutId)!.Object));
        });
    }

    private void EndPut(ulong putId, string reason, Action then)
    {
        Remember(_state.Objects.FindPut(putId) is null ? [] : [new PutAborted(putId, reason)], () =>
        {
            _leases.Remove(putId);
            _garbage.Tell(new GarbageAdded());
            then();
        });
    }

    private void Handle(ListObjects asked)
    {
        if (PutRules.FindReady(_state, asked.Volume).Refused is { } refused)
        {
            Sender.Tell(refused!);
            return;
        }

        var page = _state.Objects.List(asked.Volume, asked.Prefix, asked.After).Take(asked.Limit + 1).ToList();
        var hasMore = page.Count > asked.Limit;
        if (hasMore) page.RemoveAt(asked.Limit);
        Sender.Tell(new ObjectPage([.. page.Select(ClusterViews.EntryOf)], hasMore ? page[^1].Name : null));
    }

    private void Handle(DropObject drop)
    {
        if (PutRules.FindReady(_state, drop.Volume).Refused is { } refused) Sender.Tell(refused!);
        else if (!_state.Objects.TryFind(drop.Volume, drop.Name, out _)) Sender.Tell(NoObject(drop.Volume, drop.Name));
        else
            Remember(new ObjectDropped(drop.Volume, drop.Name), () =>
            {
                _garbage.Tell(new GarbageAdded());
                Sender.Tell(new ObjectRemoved(_state.Objects.Garbage.LastId));
            });
    }

    private void Handle(GetGarbage asked)
    {
        if (asked.Volume.Length > 0 && _state.FindVolume(asked.Volume) is null)
        {
            Sender.Tell(Refusal.NoVolume(asked.Volume));
            return;
        }

        var (extents, bytes) = _state.Objects.Garbage.Pending(asked.Volume.Length == 0 ? null : asked.Volume);
        var error = asked.Volume.Length == 0 ? _garbageErrors.Values.FirstOrDefault() : _garbageErrors.GetValueOrDefault(asked.Volume);
        Sender.Tell(new GarbageStatus(extents, bytes, extents == 0 ? null : error));
    }

    private void Renew(ulong putId) => _leases[putId] = Now + ObjectRules.IntentLease;

    private void ExpirePuts()
    {
        var overdue = _leases.Where(lease => lease.Value <= Now).Select(lease => lease.Key).ToList();
        foreach (var id in overdue) _leases.Remove(id);
        var expired = overdue.Select(_state.Objects.FindPut).OfType<Put>().ToList(); // the others went with their volume
        foreach (var put in expired) Log.PutExpired(put.Id, put.Volume, put.Name);

        Remember([.. expired.Select(put => new PutAborted(put.Id, "lease"))], () =>
        {
            if (expired.Count > 0) _garbage.Tell(new GarbageAdded());
        });
    }
}
