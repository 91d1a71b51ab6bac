using CubeActors.Protocol;

namespace CubeActors.Simulation;

/// <summary>An entry of a log with its data, which nobody changes.</summary>
internal readonly record struct LogEntry(RaftEntryHeader Header, byte[] Data)
{
    public ulong Index => Header.Index;
    public ulong Term => Header.Term;

    public bool Is(in LogEntry other) => Header == other.Header && Data.AsSpan().SequenceEqual(other.Data);
}

/// <summary>A message on its way.</summary>
/// <param name="Entries">Of an append.</param>
/// <param name="Members">Of a snapshot.</param>
/// <param name="Stream">Of a snapshot: where its sender waits for the answer.</param>
/// <param name="Boot">How often the sender's machine had lost power.</param>
internal sealed record Envelope(RaftMessage Message, LogEntry[] Entries, NodeId[] Members, SnapshotStream? Stream, int Boot)
{
    public NodeId From => Message.From;
    public NodeId To => Message.To;
}

/// <summary>A snapshot on a connection of its own: its sender is told once how it ended.</summary>
internal sealed class SnapshotStream(ReplicaProcess sender, NodeId to, ulong term)
{
    private bool _hasEnded;

    public void End(bool accepted)
    {
        if (_hasEnded) return;
        _hasEnded = true;
        sender.SnapshotEnded(to, term, accepted);
    }
}
