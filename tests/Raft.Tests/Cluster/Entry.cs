using CubeActors.Protocol;

namespace CubeActors.Raft.Tests.Cluster;

/// <summary>A log entry with what a test puts into it.</summary>
/// <param name="Payload">Names a proposal; 0 for a leader's empty entry.</param>
public readonly record struct Entry(RaftEntryType Type, ulong Term, ulong Index, ulong Payload, MembershipChange Change)
{
    public LogPosition Position => new(Term, Index);
    public RaftEntryHeader Header => new(Type, Term, Index, Payload == 0 ? 0 : sizeof(ulong));
}

/// <summary>A message on its way, with the entries of an append or the content of a snapshot.</summary>
public sealed record Envelope(RaftMessage Message, Entry[] Entries, NodeId[] SnapshotMembers)
{
    public NodeId From => Message.From;
    public NodeId To => Message.To;
}
