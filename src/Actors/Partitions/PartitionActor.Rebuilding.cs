using Akka.Actor;
using CubeActors.Storage;

namespace CubeActors.Actors;

// A replica that is filled before it joins its group (CreateType 1), and its way in.
internal sealed partial class PartitionActor
{
    private sealed record CheckJoined;

    private sealed record Joined;

    /// <summary>From one look whether the new member has caught up to the next.</summary>
    private static readonly TimeSpan JoinPeriod = TimeSpan.FromSeconds(1);

    private IActorRef _rebuild = ActorRefs.Nobody;
    private double _rebuiltShare;
    private long _sourceUsed;
    private bool _isJoining;

    /// <summary>Masters are told status 0 so long: 1 or 2 would end the decommission with a replica that is not there yet.</summary>
    private bool IsUnfinished => _isJoining || _meta is { IsBeingRebuilt: true };

    private double RepairProgress => _meta is null ? 0 : _meta.IsBeingRebuilt ? _rebuiltShare : _isJoining ? RebuildSizes.SizeReached : 1;

    /// <summary>It has a copy, and has not yet followed its group to where the copy began: so it was left in the middle of joining.</summary>
    private void FindIfJoining() => _isJoining = !_meta!.IsBeingRebuilt && _meta.CopiedUpTo > _machine!.Applied;

    private void BeginRebuild()
    {
        if (_isJoining && WhyNoMember is { } why)
        {
            _isJoining = false; // another node's by now: it is reported unavailable for taking no part in its group
            Log.PartitionNote(_log, _partition, why);
            Republish();
        }

        if (!_meta!.IsBeingRebuilt || _context.Repair is not { } repair) return;
        _rebuiltShare = RebuildSizes.ToldOf(_meta);
        Republish();
        RebuildLog.Begins(_log, _partition, isResumed: _meta.CopyBasis > 0);
        var site = new RebuildSite(new RepairSite(_gate!, repair), _machine!, _context.Files, _context.NodeAddress);
        _rebuild = Context.ActorOf(RebuildWatch.PropsFor(site), "rebuild");
    }

    private void ReceiveRebuild()
    {
        Receive<RebuildWatch.Advanced>(advanced =>
        {
            (_rebuiltShare, _sourceUsed) = (advanced.Share, advanced.SourceUsed);
            Republish();
        });
        Receive<RebuildWatch.Completed>(_ => Join());
        Receive<CheckJoined>(_ => CheckIfJoined());
        Receive<Joined>(_ =>
        {
            _isJoining = false;
            RebuildLog.Joined(_log, _partition, _machine!.Applied);
            Republish();
        });
    }

    private void EndRebuild()
    {
        if (!_rebuild.IsNobody()) Context.Stop(_rebuild); // its connections close
        _rebuild = ActorRefs.Nobody;
    }

    /// <summary>META says already that the copy is complete: killed from here on, the next start joins.</summary>
    private void Join()
    {
        EndRebuild();
        _isJoining = true;
        Adopt();
        if (!TryJoin()) FailIfNoMember();
    }

    /// <summary>Null while it takes part in its group, or this node does not know yet who it is.</summary>
    private string? WhyNoMember => _port is not null || _context.NodeAddress() is not { Length: > 0 } self
        ? null
        : $"it was filled, and cannot join its raft group: META names no peer {_context.NodeId()} at {self}. The master has to add it again";

    private void FailIfNoMember()
    {
        if (!_isJoining || WhyNoMember is not { } why) return;
        _isJoining = false;
        Fail(why, isCorrupt: false);
    }

    /// <summary>A member that has applied up to where its copy began has heard a leader, and lacks nothing that the others had then.</summary>
    private void CheckIfJoined()
    {
        if (!_isJoining) return;
        if (_machine!.Applied < _meta!.CopiedUpTo)
        {
            Timers.StartSingleTimer(nameof(CheckJoined), new CheckJoined(), JoinPeriod);
            return;
        }

        // Written down first: a restart must not find it where it was before it joined.
        RunInside(_ =>
        {
            _machine.Save();
            return new Joined();
        })?.PipeTo(Self);
    }
}
