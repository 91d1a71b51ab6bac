using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One accepted connection or smux stream: requests in, replies out in the same order, several in flight.</summary>
/// <remarks>
/// Three workers share it, none of them an actor: the receive loop reads and prepares requests; the executor, a work item on the I/O
/// threads of the partition's disk, runs them strictly one after the other and hands them to the followers; the reply loop sends what is
/// decided. The followers' links belong to this connection alone and end with it, so that a reply cannot reach anyone else.
/// A worker that ends says so; the last one gives everything back.
/// </remarks>
internal sealed partial class ClientConnection : WorkItem
{
    /// <summary>How long a request may stand still in the middle while the node's buffers are spent: any living peer sends within it.</summary>
    private static readonly TimeSpan ContendedStall = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly IConnection _transport;
    private readonly DataPathServices _services;
    private readonly Action<ClientConnection> _ended;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _completion = new(Elsewhere.Continuations);

    /// <summary>Everything unanswered, in request order.</summary>
    private readonly Queue<RequestSlot> _replies = new();

    /// <summary>What waits for the executor, in request order, reads that go on behind.</summary>
    private readonly Queue<RequestSlot> _pending = new();
    private readonly Stack<RequestSlot> _spare = new();

    private bool _receiving = true;
    private bool _replying = true;
    private bool _executing;
    private bool _inputEnded;
    private bool _refusing; // an error was decided: nothing behind it is executed or forwarded
    private bool _lost;     // the transport is closed
    private bool _finished;
    private long _drainDeadline;
    private long _lastReply = long.MinValue; // when one was sent last

    /// <param name="transport">Owned from now on.</param>
    /// <param name="ended">Called once, when nothing of the connection is left.</param>
    public ClientConnection(IConnection transport, DataPathServices services, Action<ClientConnection> ended)
    {
        _transport = transport;
        _services = services;
        _ended = ended;
        _followerLists = new FollowerListCache(Preparation.FollowersMax);
    }

    /// <summary>Completes when all of it has ended and every lease and gate is given back.</summary>
    public Task Completion => _completion.Task;

    /// <summary><c>ip:port</c> of the other side.</summary>
    public string Remote => _transport.RemoteAddress;

    /// <summary>Since the start of the node.</summary>
    public long Number { get; init; }

    /// <summary>Requests without an answer.</summary>
    public int InFlight { get { lock (_lock) return _replies.Count; } }

    public void Start()
    {
        _ = RunAsync(ReplyLoopAsync, "reply loop", ReplyingEnded);
        _ = RunAsync(ReceiveLoopAsync, "receive loop", ReceivingEnded);
    }

    /// <summary>Takes no more requests, answers those in flight, then closes.</summary>
    public void BeginClose()
    {
        lock (_lock) _inputEnded = true;
        EndWaits(WaitOutcome.Refused);
        WakeAll();
    }

    /// <summary>Closes at once: what is in flight is dropped unanswered.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            if (_lost) return;
            _lost = true;
            DropWaits(WaitOutcome.CallerGone);
        }

        _closing.Cancel();
        _transport.Dispose();
        CloseLinks();
        WithdrawTicket();
        WakeAll();
    }

    /// <summary>Called a few times a second: closes what has stood still for too long.</summary>
    public void CheckDeadlines(long now)
    {
        // While others wait for buffers, one that is held by a peer who sends nothing is taken back soon.
        var patience = _services.Buffers.Waiting > 0 ? _services.Ticks(_services.Settings.ReceiveStall - ContendedStall) : 0;
        if (IsPast(ref _receiveDeadline, now + Math.Max(0, patience))) Stalled("a request stopped in the middle");
        if (IsPast(ref _sendDeadline, now)) Stalled("the peer takes no replies");
        if (IsPast(ref _drainDeadline, now)) Abort(); // it had its time to read our last words
        CheckLinkDeadlines(now);
    }

    private static bool IsPast(ref long deadline, long now)
    {
        var at = Volatile.Read(ref deadline);
        return at != 0 && now > at;
    }

    private void Stalled(string what)
    {
        lock (_lock)
            if (_lost) return;
        _services.Events.Stalled(new Caller(_transport.RemoteAddress, Number), what);
        Abort();
    }

    private async Task RunAsync(Func<Task> loop, string name, Action ended)
    {
        try
        {
            await loop().ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            Abort(); // the peer is gone, which is no event: it happens to every connection
        }
        catch (Exception e)
        {
            _services.Events.Broken($"{name} of {new Caller(_transport.RemoteAddress, Number)}", e);
            Abort();
        }

        ended();
        TryFinish();
    }

    private void ReceivingEnded()
    {
        lock (_lock) _receiving = false;
    }

    private void ReplyingEnded()
    {
        lock (_lock) _replying = false;
    }

    private void WakeAll()
    {
        _replySignal.Set();
        _slotSignal.Set();
    }

    /// <summary>Gives everything back once no worker is left that could touch it.</summary>
    private void TryFinish()
    {
        lock (_lock)
        {
            if (_receiving || _replying || _executing || _withGroups > 0 || HasLiveLinks || _finished) return;
            _finished = true;
        }

        _transport.Dispose();
        while (_replies.TryDequeue(out var slot))
        {
            Abandon(slot, WaitOutcome.CallerGone);
            slot.Close();
        }

        _ended(this);
        _completion.TrySetResult();
    }

    private RequestSlot? TakeSlot()
    {
        lock (_lock)
        {
            _waitsForSlot = _replies.Count >= _services.Settings.RequestsPerConnectionMax;
            if (_waitsForSlot) return null;
            return _spare.TryPop(out var slot) ? slot : new RequestSlot(this);
        }
    }

    /// <summary>The request is over: what it held goes back, and the slot too if no follower can name it any more.</summary>
    private void Recycle(RequestSlot slot)
    {
        var took = _services.Meters.Answered(slot);
        if (took > _services.Slow.ThresholdTicks) _services.Slow.Add(slot, took, new Caller(_transport.RemoteAddress, Number));
        if (_services.Spans is { } spans && slot.ReceivedAt != 0 && spans.Wants(RequestTrace.KeyOf(slot), took > _services.Slow.ThresholdTicks))
            spans.Answered(RequestTrace.Of(slot, slot.ReceivedAt + took, _transport.RemoteAddress, _services.Time));
        if (_services.Trace is { } trace && !slot.IsSilent && trace.Wants(slot.IsDecided && slot.IsError)) Trace(trace, slot);
        Abandon(slot, WaitOutcome.Refused);
        slot.Close();
        if (slot.OpenParts == 0) _spare.Push(slot);
    }

    private void Trace(IPacketTrace trace, RequestSlot slot)
    {
        var isError = slot.IsDecided && slot.IsError; // a read that was sent block by block is not decided
        ref readonly var header = ref slot.Header;
        trace.Answered(new AnsweredPacket(
            OperationNames.Of(header.Opcode), header.Opcode, isError ? slot.Result : ResultCode.Ok, header.Partition, header.Extent, slot.IsRead ? slot.ReadFrom : header.ExtentOffset,
            header.Size, header.Crc, header.RequestId, slot.Followers.Length > 0, _transport.RemoteAddress, _services.Time.GetElapsedTime(slot.ReceivedAt),
            isError ? System.Text.Encoding.UTF8.GetString(slot.Body ?? []) : "")
        {
            Connection = Number,
        });
    }
}
