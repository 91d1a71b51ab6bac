using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Looks at where a task comes from, and says so once if that is a stranger. One owner.</summary>
internal sealed class TaskGuard(TaskSources sources, StrangerPolicy policy, NodeBoard board, ILoggingAdapter log)
{
    /// <summary>Strangers that are named in the log; a scanner must not fill it.</summary>
    private const int NamedMax = 256;

    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    /// <returns>Null, or why the task is not done.</returns>
    public string? Problem(string remote, Opcode opcode)
    {
        if (policy == StrangerPolicy.Allow || sources.Knows(remote, Members)) return null;
        var host = remote[..Math.Max(0, remote.LastIndexOf(':'))];
        if (_named.Count < NamedMax && _named.Add(host)) Log.StrangeTask(log, opcode, host, policy == StrangerPolicy.Refuse);
        return policy == StrangerPolicy.Refuse ? $"tasks are taken from masters and data nodes only, and {host} is neither" : null;
    }

    private IEnumerable<string> Members() => board.Partitions.SelectMany(partition => partition.Hosts).Distinct(StringComparer.Ordinal);
}
