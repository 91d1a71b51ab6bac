using Akka.Actor;
using Akka.Event;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Turns what the data path tells into log events, and disk faults into messages for the partition concerned.</summary>
internal sealed class DataPathEvents(ILoggingAdapter log) : IDataPathEvents
{
    /// <summary>Answers that did not match their request. More than none is an alert.</summary>
    public ReplyMismatchCounts Mismatches { get; } = new();

    /// <summary>Where mismatches are kept as alerts.</summary>
    public IOperationLog Ledger { get; set; } = NullOperationLog.Instance;

    public void Malformed(Caller caller, string what) => Log.Malformed(log, caller, what);

    public void Refused(string remote, string why) => Log.Refused(log, remote, why);

    public void Stalled(Caller caller, string what) => Log.Stalled(log, caller, what);

    public void ReplyMismatch(ReplyMismatch mismatch)
    {
        Mismatches.Add(mismatch.Doubts);
        Log.ReplyMismatch(log, mismatch);
        Ledger.Alert(mismatch.ToAlert());
    }

    public void DiskFault(PartitionGate gate, DiskFaultException fault)
    {
        if (fault.IsNoSpace) return; // expected, and answered with its code
        Log.DiskFault(log, gate.Partition, fault.Message);
        gate.Owner.Tell(new PartitionActor.DiskFaulted(fault));
    }

    public void Broken(string where, Exception e) => Log.Broken(log, where, e);
}
