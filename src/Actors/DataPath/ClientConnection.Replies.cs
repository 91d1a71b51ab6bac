using System.Runtime.CompilerServices;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// The reply loop: sends what is decided, oldest first, several short replies in one send.
internal sealed partial class ClientConnection
{
    /// <summary>Replies are 57 or 69 bytes, so that a full window of them fits.</summary>
    private const int OutputBytes = 4096;

    private readonly AsyncSignal _replySignal = new(continuesInline: true);
    private readonly byte[] _output = GC.AllocateUninitializedArray<byte>(OutputBytes, pinned: true);
    private RequestSlot? _sendingBlock;
    private bool _sendingLast;
    private bool _sendsReplies; // out of the queue and not yet in the socket: nobody else may send
    private long _sendDeadline;

    private async Task ReplyLoopAsync()
    {
        while (true)
        {
            var packet = Gather();
            if (!packet.IsEmpty)
            {
                await SendAsync(packet).ConfigureAwait(false);
                BlockSent();
                RepliesSent();
                if (!_sendingLast) continue;
            }

            if (_sendingLast || IsOver()) break;
            await _replySignal.WaitAsync().ConfigureAwait(false);
        }

        EndOutput();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> packet)
    {
        var sending = _transport.SendAsync(packet);
        if (sending.IsCompletedSuccessfully) return;
        // A replica that repairs itself writes between two packets, and may be held back there: it is given as long as it gives its source.
        var stall = _sendingBlock is { Kind: IoKind.AsyncRead } ? DataPlane.RepairReplyDeadline : _services.Settings.SendStall;
        Volatile.Write(ref _sendDeadline, _services.Deadline(stall));
        await sending.ConfigureAwait(false);
        Volatile.Write(ref _sendDeadline, 0);
    }

    /// <summary>The next bytes to send: a run of short replies, one long reply, or one block of read data; empty if nothing is due.</summary>
    private ReadOnlyMemory<byte> Gather()
    {
        var bytes = 0;
        ReadOnlyMemory<byte> packet = default;
        lock (_lock)
        {
            while (!_sendingLast && _replies.TryPeek(out var slot))
            {
                // Asked again after the read, before the answer leaves: meanwhile another leader could have written.
                if (slot.HasBlock && slot.IsLeaderRead && !slot.Gate!.Raft!.HoldsLease()) RefuseLeaderRead(slot);
                if (slot.HasBlock)
                {
                    if (bytes > 0) break;
                    _sendingBlock = slot;
                    packet = ReadSteps.Packet(slot);
                    break;
                }

                if (!slot.IsDecided) break;
                if (!slot.IsSilent)
                {
                    var replyBytes = ReplyBytes(slot);
                    if (bytes > 0 && bytes + replyBytes > OutputBytes) break;
                    if (replyBytes > OutputBytes)
                    {
                        var own = new byte[replyBytes]; // a list of extents or a long text: rare, and as long as it has to be
                        WriteReply(slot, own);
                        packet = own;
                    }
                    else
                    {
                        WriteReply(slot, _output.AsSpan(bytes));
                        bytes += replyBytes;
                    }
                }

                _sendingLast = slot.ClosesConnection && slot.IsError;
                _replies.Dequeue();
                Recycle(slot); // before the send: whoever gets the reply may use the tiny extent again
                if (!packet.IsEmpty) break;
            }

            _sendsReplies = bytes > 0 || !packet.IsEmpty;
        }

        return packet.IsEmpty ? _output.AsMemory(0, bytes) : packet;
    }

    /// <summary>After a block: the read goes on, behind what waits, or is over.</summary>
    private void BlockSent()
    {
        if (_sendingBlock is not { } slot) return;
        _sendingBlock = null;
        if (ReadSteps.Advance(slot))
        {
            Resume(slot);
            return;
        }

        lock (_lock)
        {
            Invariant.Check(_replies.TryDequeue(out var head) && head == slot);
            Recycle(slot);
        }
    }

    /// <summary>What was gathered is sent. Lets a receive loop that stopped for a full window go on, once half of the window is free again.</summary>
    private void RepliesSent()
    {
        Volatile.Write(ref _lastReply, _services.Time.GetTimestamp());
        lock (_lock)
        {
            _sendsReplies = false;
            if (!_waitsForSlot || _replies.Count > _services.Settings.RequestsPerConnectionMax / 2) return;
        }

        _slotSignal.Set();
    }

    private static int ReplyBytes(RequestSlot slot) =>
        slot.Header.ToReply(slot.Result).EncodedBytes + EchoedArg(slot).Length + (slot.Body?.Length ?? 0);

    private static void WriteReply(RequestSlot slot, Span<byte> destination)
    {
        var arg = EchoedArg(slot);
        var header = slot.Header.ToReply(slot.Result, (uint)(slot.Body?.Length ?? 0)) with { ArgBytes = (uint)arg.Length };
        var at = header.Write(destination);
        arg.CopyTo(destination[at..]);
        slot.Body?.CopyTo(destination[(at + arg.Length)..]);
    }

    private static ReadOnlySpan<byte> EchoedArg(RequestSlot slot) =>
        slot.IsError && !slot.LocalSucceeded ? slot.Arg.AsSpan(0, slot.ArgBytes) : default;

    private bool IsOver()
    {
        lock (_lock) return _lost || (_inputEnded && _replies.Count == 0);
    }

    /// <summary>The last reply is out: end our side, and give the peer a moment to read it before the connection closes. None is needed where there was no
    /// reply for longer than that: a pool of connections that stand idle holds up no stop.</summary>
    private void EndOutput()
    {
        CloseLinks();
        _transport.ShutdownSend();
        bool inputOpen;
        lock (_lock)
        {
            _inputEnded = true;
            _refusing = true;
            DropWaits(WaitOutcome.CallerGone);
            inputOpen = _receiving;
        }

        if (inputOpen)
        {
            var (last, drain) = (Volatile.Read(ref _lastReply), _services.Ticks(_services.Settings.Drain));
            if (last == long.MinValue || _services.Time.GetTimestamp() - last > drain) Abort();
            else Volatile.Write(ref _drainDeadline, last + drain);
        }

        _slotSignal.Set();
    }
}
