using System.Runtime.CompilerServices;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// The receive loop: reads, checks and queues requests, and serves reads that the page cache holds on the spot.
internal sealed partial class ClientConnection
{
    private readonly PacketStaging _staging = new();
    private readonly FollowerListCache _followerLists;
    private readonly AsyncSignal _slotSignal = new(continuesInline: false); // the loop may run long; not on the thread of a disk
    private bool _waitsForSlot;
    private long _receiveDeadline;

    /// <summary>Requests taken in one go. A peer that never lets the loop wait must not keep the thread from the other connections.</summary>
    private const int RequestsPerTurn = 32;

    private async Task ReceiveLoopAsync()
    {
        var taken = 0;
        while (await ReceiveFrontAsync().ConfigureAwait(false) is { } slot)
        {
            if (!await ReceiveDataAsync(slot).ConfigureAwait(false)) break;
            Volatile.Write(ref _receiveDeadline, 0);
            if (!await RouteAsync(slot).ConfigureAwait(false)) break;
            if (++taken % RequestsPerTurn == 0) await Elsewhere.Yield();
        }

        Volatile.Write(ref _receiveDeadline, 0);
        lock (_lock) _inputEnded = true;
        _replySignal.Set();
        await DrainAsync().ConfigureAwait(false);
    }

    /// <summary>Header and Arg of the next request, and a slot for it.</summary>
    /// <returns>Null if there is none any more: end of input, garbage, or this connection takes no more.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RequestSlot?> ReceiveFrontAsync()
    {
        RequestSlot? slot;
        while ((slot = TakeSlot()) is null)
        {
            await _slotSignal.WaitAsync().ConfigureAwait(false); // too many in flight: not reading is the back-pressure
            if (TakesNoMore()) return null;
        }

        while (true)
        {
            if (TakesNoMore()) return null;
            switch (TakeFront(slot))
            {
                case DecodeStatus.Complete:
                    return slot;
                case DecodeStatus.Malformed:
                    _services.Events.Malformed(new Caller(_transport.RemoteAddress, Number), "no packet, or one with lengths beyond the limits");
                    Abort(); // the stream has lost its frame, nothing that follows can be trusted
                    return null;
            }

            if (!_staging.IsEmpty) Volatile.Write(ref _receiveDeadline, _services.Deadline(_services.Settings.ReceiveStall));
            var received = await _transport.ReceiveAsync(_staging.Free).ConfigureAwait(false);
            if (received == 0)
            {
                CallerLeft();
                return null;
            }

            _staging.Received(received);
        }
    }

    private DecodeStatus TakeFront(RequestSlot slot)
    {
        var status = _staging.TryTakeFront(out var header, out var arg);
        if (status != DecodeStatus.Complete) return status;
        slot.Begin(header, arg);
        return Preparation.MayBring(header, _services.Settings.BufferBudgetBytes) ? DecodeStatus.Complete : DecodeStatus.Malformed;
    }

    /// <summary>The request's data, straight into its own buffer.</summary>
    /// <returns>False if the input ended in the middle.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReceiveDataAsync(RequestSlot slot)
    {
        var bytes = (int)slot.Header.DataBytes;
        if (bytes == 0) return true;
        slot.BegunAt = _services.Meters.Now;
        Volatile.Write(ref _receiveDeadline, 0); // waiting for the node's budget is our delay, not the peer's
        while (StandsBehindLongWait()) await _slotSignal.WaitAsync().ConfigureAwait(false); // its buffer would stand still for a minute
        slot.Lease = await _services.Buffers.RentAsync(bytes, _closing.Token).ConfigureAwait(false);
        var at = _staging.TakeInto(slot.Lease.Data.Span[..bytes]);
        try
        {
            while (at < bytes)
            {
                Volatile.Write(ref _receiveDeadline, _services.Deadline(_services.Settings.ReceiveStall));
                var received = await _transport.ReceiveAsync(slot.Lease.Data[at..bytes]).ConfigureAwait(false);
                if (received == 0) break;
                at += received;
            }
        }
        catch
        {
            slot.Close();
            throw;
        }

        if (at == bytes) return true;
        slot.Close();
        CallerLeft();
        return false;
    }

    /// <summary>Prepares a complete request and sends it on its way.</summary>
    /// <returns>False if nothing behind it will be taken.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> RouteAsync(RequestSlot slot)
    {
        slot.ReceivedAt = _services.Meters.Now;
        var route = Preparation.Prepare(slot, _services, _followerLists);
        if (route == Route.Admin) return AcceptTask(slot);
        if (route == Route.Repair) return AcceptRepair(slot);
        if (route == Route.Wait) route = await WaitAsync(slot).ConfigureAwait(false);
        if (route == Route.Waits) return true;
        if (route == Route.Execute && slot.Lease is null && BufferBytes(slot) is { } bytes)
        {
            try
            {
                slot.Lease = await _services.Buffers.RentAsync(bytes, _closing.Token).ConfigureAwait(false);
            }
            catch
            {
                slot.Close();
                throw;
            }
        }

        if (route == Route.Execute && slot.Kind == IoKind.Read && _services.Settings.InlineReads && !slot.Gate!.Limits[IoKind.Read].IsLimited && NothingInFlight() && !NeedsGroup(slot)
            && await SendCachedAsync(slot).ConfigureAwait(false)) return true;
        var closes = slot.IsDecided && slot.ClosesConnection;
        Enqueue(slot);
        return !closes;
    }

    /// <summary>Lets a request wait for its partition, with the buffer that it will need.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Route> WaitAsync(RequestSlot slot)
    {
        try
        {
            slot.Lease ??= await _services.Buffers.RentAsync(slot.IsRead ? (int)Math.Min(slot.Header.Size, slot.ReadBlockBytes) : 0, _closing.Token).ConfigureAwait(false);
        }
        catch
        {
            slot.Close();
            throw;
        }

        return Park(slot);
    }

    /// <summary>Sends block after block while the page cache has them: no hop to another thread, neither for the read nor for the reply.</summary>
    /// <remarks>Only while nothing else is in flight, so that this loop alone sends. The receive loop does not receive meanwhile.</remarks>
    /// <returns>False if the disk has to be asked for the rest.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendCachedAsync(RequestSlot slot)
    {
        try
        {
            while (ReadSteps.TryCached(slot))
            {
                if (NeedsGroup(slot)) return false; // the lease ended during the read: asked again, and read again
                slot.Gate!.Limits.Budget.CountCachedRead();
                await SendAsync(ReadSteps.Packet(slot)).ConfigureAwait(false);
                Volatile.Write(ref _lastReply, _services.Time.GetTimestamp());
                if (ReadSteps.Advance(slot)) continue;
                lock (_lock) Recycle(slot);
                return true;
            }

            return false;
        }
        catch
        {
            slot.Close();
            throw;
        }
    }

    /// <summary>Reads on without taking anything, until the peer closes or the time for it is over.</summary>
    /// <remarks>Closing a socket with unread input resets the connection, and a reset can destroy the reply that is on its way.</remarks>
    private async Task DrainAsync()
    {
        while (true)
        {
            lock (_lock)
                if (_lost) return;
            _staging.Clear();
            if (await _transport.ReceiveAsync(_staging.Free).ConfigureAwait(false) > 0) continue;
            CallerLeft();
            // The peer has ended its side. If it is still owed replies the reply loop closes the transport after them.
            return;
        }
    }

    /// <summary>What a request without data needs a buffer for: the blocks of a read, the header of a packet to forward or of a command.</summary>
    private static int? BufferBytes(RequestSlot slot) =>
        slot.IsRead ? ReadSteps.NextBytes(slot) : slot.Followers.Length > 0 || slot.IsOverwrite ? 0 : null;

    private bool TakesNoMore()
    {
        lock (_lock) return _refusing || _inputEnded || _lost;
    }

    private bool StandsBehindLongWait()
    {
        if (Volatile.Read(ref _longWaits) == 0) return false; // nobody but this loop lets it grow
        lock (_lock) return _longWaits > 0 && !_refusing && !_inputEnded && !_lost;
    }

    private bool NothingInFlight()
    {
        lock (_lock) return _replies.Count == 0 && !_sendsReplies;
    }
}
