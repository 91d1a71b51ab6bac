using System.Threading.Channels;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>One message as it arrived.</summary>
internal sealed record Arrived(RaftMessage Message, IReadOnlyList<RaftEntryHeader> Entries, IReadOnlyList<byte[]> Data, IReadOnlyList<ulong> Groups);

/// <summary>Takes everything, and keeps the buffers of all entries until it is disposed, which it may be several times: by then nobody may have written over them.</summary>
internal sealed class RecordingInbox : IRaftInbox, IDisposable
{
    private readonly Channel<Arrived> _arrived = Channel.CreateUnbounded<Arrived>();
    private readonly Channel<(RaftMessage Message, LogPosition At, IReadOnlyList<NodeId> Members)> _snapshots =
        Channel.CreateUnbounded<(RaftMessage, LogPosition, IReadOnlyList<NodeId>)>();
    private readonly Lock _lock = new();
    private readonly List<(BufferLease Lease, int Start, byte[] Copy)> _kept = [];

    /// <summary>False: entries are looked at and let go, as those of an unknown group.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>What becomes of snapshots.</summary>
    public Func<Task<bool>> Install { get; set; } = () => Task.FromResult(true);

    /// <summary>Arrived and not yet taken.</summary>
    public int Waiting => _arrived.Reader.Count;

    public async Task<Arrived> NextAsync() => await _arrived.Reader.ReadAsync().AsTask().Soon();

    public async Task<(RaftMessage Message, LogPosition At, IReadOnlyList<NodeId> Members)> NextSnapshotAsync() => await _snapshots.Reader.ReadAsync().AsTask().Soon();

    public void Deliver(in RaftMessage message) => Note(new Arrived(message, [], [], []));

    public void DeliverAppend(in RaftMessage message, RaftEntries entries, BufferLease buffer)
    {
        var (headers, data) = (new List<RaftEntryHeader>(), new List<byte[]>());
        foreach (var entry in entries)
        {
            Assert.Equal(entry.Data, buffer.Array.AsSpan(entry.DataStart, entry.Header.DataBytes));
            headers.Add(entry.Header);
            data.Add(entry.Data.ToArray());
            if (!Keeps) continue;
            buffer.Retain();
            lock (_lock) _kept.Add((buffer, entry.DataStart, data[^1]));
        }

        Note(new Arrived(message, headers, data, []));
    }

    public void DeliverHeartbeat(in RaftMessage message, HeartbeatGroups groups)
    {
        var ids = new List<ulong>();
        foreach (var group in groups) ids.Add(group.Value);
        Note(new Arrived(message, [], [], ids));
    }

    public Task<bool> InstallSnapshotAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members)
    {
        Assert.True(_snapshots.Writer.TryWrite((message, at, members)));
        return Install();
    }

    public void Dispose()
    {
        foreach (var (lease, start, copy) in _kept)
        {
            Assert.Equal(copy, lease.Array.AsSpan(start, copy.Length));
            lease.Release();
        }

        _kept.Clear();
    }

    private void Note(Arrived arrived) => Assert.True(_arrived.Writer.TryWrite(arrived));
}
