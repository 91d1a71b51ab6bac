using System.Diagnostics;

namespace CubeActors.Decommission;

/// <summary>Kills one node at its moment in a round and starts it again. One thread.</summary>
internal sealed class Killer(TrialCluster cluster, TrialNode source, TrialNode target, PlannedKill plan, TimeSpan usual, Random random, CancellationToken cancel)
{
    /// <summary>What was done, for the report; empty if the trial ended before.</summary>
    public string Done { get; private set; } = "";

    public void Run()
    {
        var began = Stopwatch.GetTimestamp();
        if (cancel.WaitHandle.WaitOne(usual * plan.Share)) return;
        var victim = Choose();
        var at = Stopwatch.GetElapsedTime(began);
        victim.Kill();
        cancel.WaitHandle.WaitOne(plan.Down); // started again also when the trial ends: it is stopped cleanly then
        victim.Start();
        Done = $"{plan.Victim.ToString().ToLowerInvariant()} ({victim.Name}) at {at.TotalSeconds:0.0} s for {plan.Down.TotalSeconds:0.0} s";
    }

    private TrialNode Choose()
    {
        var books = cluster.Master.Partitions;
        var others = cluster.Nodes.Where(node => node != source && node != target).ToList();
        return plan.Victim switch
        {
            Victim.Source => source,
            Victim.Target => target,
            Victim.First => books[0].Hosts.FirstOrDefault(node => node != source && node != target) ?? source,
            Victim.Leader => cluster.Nodes.FirstOrDefault(node => books.Any(book => cluster.Master.Reports.Of(node.Address, book.Id, 0) is { IsLeader: true })) ?? source,
            _ => others.Count > 0 ? others[random.Next(others.Count)] : source,
        };
    }
}
