using BenchmarkDotNet.Attributes;
using CubeActors.Protocol;

namespace CubeActors.Micro;

/// <summary>What a raft message costs before anything is done with it: an append of one overwrite of 4 KiB, and a heartbeat for a thousand groups.</summary>
public class RaftFrameBenchmarks
{
    private const int EntryBytes = RandomWriteCommand.HeaderBytes + DataPlane.SlotBytes, Groups = 1000, FrameBytesMax = 4 << 20;

    private static readonly RaftMessage Append = new(
        RaftMessageType.Append, IsForced: false, IsRejected: false, RejectHint: 0, new PartitionId(101), new NodeId(3), new NodeId(2), Term: 8, LogTerm: 8, Index: 43, Commit: 43);

    private static readonly RaftMessage Heartbeat = Append with { Type = RaftMessageType.Heartbeat, Group = default, Term = 0, LogTerm = 0, Index = 0, Commit = 0 };

    private readonly byte[] _append = new byte[RaftFrame.MessageBytes + RaftEntryHeader.SizedBytes + EntryBytes];
    private readonly PartitionId[] _groups = [.. Enumerable.Range(1, Groups).Select(id => new PartitionId((ulong)id * 3))];
    private byte[] _heartbeat = [];

    [GlobalSetup]
    public void SetUp()
    {
        WriteAppend();
        _heartbeat = new byte[RaftFrame.HeartbeatBytes(_groups)];
        WriteHeartbeat();
    }

    [Benchmark]
    public ulong ReadAppend()
    {
        RaftFrame.TryRead(_append, FrameBytesMax, 0, out var frame);
        ulong last = 0;
        foreach (var entry in frame.Entries) last = entry.Header.Index;
        return last;
    }

    [Benchmark]
    public int WriteAppend()
    {
        var at = RaftFrame.WriteAppend(_append, Append, 1, RaftEntryHeader.SizedBytes + EntryBytes);
        return at + new RaftEntryHeader(RaftEntryType.Normal, 8, 44, EntryBytes).WriteSized(_append.AsSpan(at));
    }

    [Benchmark]
    public ulong ReadHeartbeat()
    {
        RaftFrame.TryRead(_heartbeat, FrameBytesMax, 0, out var frame);
        ulong last = 0;
        foreach (var group in frame.Groups) last = group.Value;
        return last;
    }

    [Benchmark] public int WriteHeartbeat() => RaftFrame.WriteHeartbeat(_heartbeat, Heartbeat, _groups);
}
