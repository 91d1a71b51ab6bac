using System.Collections.Concurrent;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Keeps what the data path tells.</summary>
internal sealed class RecordedEvents : IDataPathEvents
{
    private readonly ConcurrentQueue<ReplyMismatch> _mismatches = new();
    private readonly ConcurrentQueue<string> _others = new();

    public IReadOnlyList<ReplyMismatch> Mismatches => [.. _mismatches];

    /// <summary>Everything else, in words.</summary>
    public IReadOnlyList<string> Others => [.. _others];

    public void Malformed(Caller caller, string what) => _others.Enqueue(what);

    public void Refused(string remote, string why) => _others.Enqueue(why);

    public void Stalled(Caller caller, string what) => _others.Enqueue(what);

    public void ReplyMismatch(ReplyMismatch mismatch) => _mismatches.Enqueue(mismatch);

    public void DiskFault(PartitionGate gate, DiskFaultException fault) => _others.Enqueue(fault.Message);

    public void Broken(string where, Exception e) => _others.Enqueue(e.ToString());
}
