using Akka.Actor;

namespace CubeActors.Actors;

/// <summary>Parent of what looks after the integrity of a node's blocks: for each disk one desk that has suspects compared, and one scrubber.</summary>
internal sealed class IntegrityRoot : ReportingActor
{
    private readonly int _disks;

    public IntegrityRoot(IReadOnlyList<IntegrityParts> disks)
    {
        _disks = disks.Count;
        foreach (var disk in disks)
        {
            Context.ActorOf(ComparisonDesk.PropsFor(disk), $"compare-{disk.Index}");
            Context.ActorOf(DiskScrubber.PropsFor(disk), $"scrub-{disk.Index}");
        }
    }

    /// <param name="disks">All disks of the node.</param>
    public static Props PropsFor(IReadOnlyList<IntegrityParts> disks) => ActorMaker.PropsBy(() => new IntegrityRoot(disks));

    protected override ActorState Describe() => Say("integrity", "watching", ("disks", _disks));

    /// <summary>Neither holds anything that could be wrong after a fault of ours: each begins anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Supervise(static _ => Directive.Restart);
}
