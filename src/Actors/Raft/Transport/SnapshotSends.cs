using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The snapshots that a node sends: each on a connection of its own, and a limited number at once.</summary>
/// <remarks>A data partition's snapshot has no content: one frame and the terminator, then one byte comes back. There is no resume; raft asks again.</remarks>
internal sealed class SnapshotSends(RaftAddresses addresses, RaftTransportServices services) : IAsyncDisposable
{
    /// <summary>The byte that says "installed, or not needed".</summary>
    internal const byte Accepted = 1;

    private const int TerminatorBytes = sizeof(uint);

    private readonly Lock _lock = new();
    private readonly HashSet<Send> _sends = [];
    private readonly CancellationTokenSource _closing = new();
    private TaskCompletionSource? _drained;
    private bool _closed;

    public int UnderWay { get { lock (_lock) return _sends.Count; } }

    /// <returns>How it ended; never a failed task.</returns>
    public async Task<RaftSnapshotOutcome> SendAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members)
    {
        var send = new Send();
        lock (_lock)
        {
            if (_closed) return RaftSnapshotOutcome.Closed;
            if (_sends.Count >= services.Settings.SnapshotSendsMax) return RaftSnapshotOutcome.Busy;
            _sends.Add(send);
        }

        try
        {
            return await RunAsync(send, message, at, members).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            lock (_lock) return _closed ? RaftSnapshotOutcome.Closed : send.IsOverdue ? RaftSnapshotOutcome.TimedOut : RaftSnapshotOutcome.Refused;
        }
        finally
        {
            send.Connection?.Dispose();
            lock (_lock)
            {
                _sends.Remove(send);
                if (_sends.Count == 0) _drained?.TrySetResult();
            }
        }
    }

    /// <summary>Called a few times a second: gives up what is overdue.</summary>
    public void CheckDeadlines(long now)
    {
        List<Send>? overdue = null;
        lock (_lock)
        {
            foreach (var send in _sends)
            {
                if (send.Deadline == 0 || now <= send.Deadline) continue;
                send.IsOverdue = true;
                (overdue ??= []).Add(send);
            }
        }

        foreach (var send in overdue ?? []) send.Connection?.Dispose();
    }

    /// <summary>Ends all sends and returns when the last has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        Task drained;
        List<Send> open;
        lock (_lock)
        {
            _closed = true;
            open = [.. _sends];
            _drained ??= new TaskCompletionSource(Elsewhere.Continuations);
            if (_sends.Count == 0) _drained.TrySetResult();
            drained = _drained.Task;
        }

        foreach (var send in open) send.Connection?.Dispose();
        await Elsewhere.CancelAsync(_closing).ConfigureAwait(false);
        await drained.ConfigureAwait(false);
    }

    private async Task<RaftSnapshotOutcome> RunAsync(Send send, RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members)
    {
        if (addresses.Find(message.To) is not { } address) return RaftSnapshotOutcome.Unreachable;
        IConnection connection;
        try
        {
            connection = await services.Network.ConnectAsync(address.Replicate, services.Settings.Dial, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            lock (_lock) return _closed ? RaftSnapshotOutcome.Closed : RaftSnapshotOutcome.Unreachable;
        }

        lock (_lock)
        {
            send.Connection = connection;
            if (_closed) return RaftSnapshotOutcome.Closed;
            send.Deadline = services.Deadline(services.Settings.SnapshotWrite);
        }

        await connection.SendAsync(Encode(message, at, members)).ConfigureAwait(false);
        lock (_lock) send.Deadline = services.Deadline(services.Settings.SnapshotAnswer);
        var answer = new byte[1];
        var received = await connection.ReceiveAsync(answer).ConfigureAwait(false);
        return received == 1 && answer[0] == Accepted ? RaftSnapshotOutcome.Accepted : RaftSnapshotOutcome.Refused;
    }

    private static byte[] Encode(in RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members)
    {
        var bytes = new byte[RaftFrame.SnapshotBytes(members.Count) + TerminatorBytes];
        var written = RaftFrame.WriteSnapshot(bytes, message, at, [.. members]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(written), 0);
        return bytes;
    }

    /// <summary>One send; guarded by the lock of its owner.</summary>
    private sealed class Send
    {
        public IConnection? Connection { get; set; }
        public long Deadline { get; set; }
        public bool IsOverdue { get; set; }
    }
}
