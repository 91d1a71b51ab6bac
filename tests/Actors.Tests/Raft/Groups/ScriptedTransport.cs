using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>An append as it was handed to the transport, its data copied.</summary>
internal sealed record SentAppend(RaftMessage Message, IReadOnlyList<RaftEntryHeader> Headers, IReadOnlyList<byte[]> Data);

/// <summary>Keeps what a group sends instead of sending it, and answers as a test says.</summary>
internal sealed class ScriptedTransport : IRaftTransport
{
    private readonly List<RaftMessage> _messages = [];
    private readonly List<SentAppend> _appends = [];
    private readonly List<(RaftMessage Message, ulong[] Groups)> _heartbeats = [];
    private readonly List<(RaftMessage Message, LogPosition At, NodeId[] Members, TaskCompletionSource<RaftSnapshotOutcome> Outcome)> _snapshots = [];

    /// <summary>All but appends and heartbeats, in order.</summary>
    public IReadOnlyList<RaftMessage> Messages => _messages;
    public IReadOnlyList<SentAppend> Appends => _appends;
    public IReadOnlyList<(RaftMessage Message, ulong[] Groups)> Heartbeats => _heartbeats;
    public IReadOnlyList<(RaftMessage Message, LogPosition At, NodeId[] Members, TaskCompletionSource<RaftSnapshotOutcome> Outcome)> Snapshots => _snapshots;

    /// <summary>What becomes of appends.</summary>
    public Func<RaftMessage, RaftSendResult> Takes { get; set; } = _ => RaftSendResult.Queued;

    public IEnumerable<RaftMessage> Of(RaftMessageType type) => _messages.Where(message => message.Type == type);

    public IEnumerable<SentAppend> AppendsTo(NodeId peer) => _appends.Where(append => append.Message.To == peer);

    public void Forget()
    {
        _messages.Clear();
        _appends.Clear();
        _heartbeats.Clear();
    }

    public RaftSendResult Send(in RaftMessage message)
    {
        _messages.Add(message);
        return RaftSendResult.Queued;
    }

    public RaftSendResult SendAppend(in RaftMessage message, ReadOnlySpan<RaftPayload> entries)
    {
        var result = Takes(message);
        if (result != RaftSendResult.Queued) return result;
        var (headers, data) = (new List<RaftEntryHeader>(), new List<byte[]>());
        foreach (ref readonly var entry in entries)
        {
            Assert.True(entry.IsWhole);
            Assert.Equal(message.Index + 1 + (ulong)headers.Count, entry.Header.Index);
            headers.Add(entry.Header);
            data.Add(entry.Data.ToArray());
        }

        _appends.Add(new SentAppend(message, headers, data));
        return result;
    }

    public RaftSendResult SendHeartbeat(in RaftMessage message, ReadOnlySpan<PartitionId> ascending)
    {
        var groups = new List<ulong>();
        foreach (var id in ascending) groups.Add(id.Value);
        Assert.Equal(groups.Distinct().Order(), groups);
        _heartbeats.Add((message, [.. groups]));
        return RaftSendResult.Queued;
    }

    public Task<RaftSnapshotOutcome> SendSnapshotAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members)
    {
        var outcome = new TaskCompletionSource<RaftSnapshotOutcome>();
        _snapshots.Add((message, at, [.. members], outcome));
        return outcome.Task;
    }
}
