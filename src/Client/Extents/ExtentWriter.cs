using CubeActors.Protocol;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Writes one run of bytes to normal extents: a window of packets on the way, replies in order, recovery in a new extent.</summary>
/// <remarks>
/// A refused or lost packet, and all behind it, move to a new extent of another partition with the same request ids and data
/// (rule R of the table of reactions); what the old extent had acknowledged stays. One caller; packets are sent and replies taken in
/// turns, which keeps the window full without a second task. Disposing gives back all leases and closes the connection.
/// </remarks>
/// <param name="firstByte">Offset in the object of the first byte that will be appended.</param>
/// <param name="created">Called for every extent that was created, before data goes into it.</param>
/// <param name="acknowledged">Told the bytes of every packet that is safe.</param>
internal sealed class ExtentWriter(
    ClientContext context, VolumeView view, long firstByte, Func<ObjectExtent, ValueTask> created, Action<int> acknowledged, CancellationToken cancel) : IDisposable
{
    private readonly ClientSettings _settings = context.Settings;
    private readonly Queue<PendingAppend> _inFlight = new();
    private readonly List<ObjectExtent> _pieces = [];
    private OpenExtent? _open;
    private CancellationTokenRegistration _aborting;
    private long _fileOffset = firstByte;

    /// <summary>The pieces that are complete, in order; all of them after <see cref="FlushAsync"/>.</summary>
    public IReadOnlyList<ObjectExtent> Pieces => _pieces;

    /// <summary>Gives away a lease with data. Returns when it is sent and there is room for the next one; a failure shows in a later call.</summary>
    /// <param name="bytes">1 up to a packet's 128 KiB; up to 1 MiB for what was refused as a tiny write, which servers split.</param>
    /// <exception cref="CubeClientException">The data could not be placed; the lease is given back with the rest by Dispose.</exception>
    public ValueTask AppendAsync(BufferLease lease, int bytes) => AppendAsync(lease, bytes, Crc32.Compute(lease.Data.Span[..bytes]), RequestIds.Next(), 0);

    /// <summary>The same for a packet that has a past: it keeps its request id and its count of errors.</summary>
    public async ValueTask AppendAsync(BufferLease lease, int bytes, uint crc, long requestId, int errors, VolumePartition? avoid = null)
    {
        Invariant.Check(bytes is > 0 and <= ClientSettings.TinyBytesMax);
        var append = new PendingAppend { Lease = lease, Bytes = bytes, Crc = crc, RequestId = requestId, FileOffset = _fileOffset, Errors = errors };
        _fileOffset += bytes;
        try
        {
            while (_inFlight.Count >= _settings.Window) await TakeReplyAsync().ConfigureAwait(false);
            if (_open is { } full && full.Sent + bytes > _settings.ExtentBytes) await CloseExtentAsync().ConfigureAwait(false);
        }
        catch
        {
            lease.Release(); // not in the queue yet, so that Dispose cannot know of it
            throw;
        }

        _inFlight.Enqueue(append);
        if (_open is null) await MoveAsync(avoid).ConfigureAwait(false);
        else if (await TrySendAsync(_open, append).ConfigureAwait(false) is { } failure) await RecoverAsync(failure).ConfigureAwait(false);
    }

    /// <summary>Frees a buffer if one of ours can be freed: a caller that waits for the pool must not sit on leases meanwhile.</summary>
    /// <returns>False if nothing is on its way.</returns>
    public async ValueTask<bool> TryFreeOneAsync()
    {
        if (_inFlight.Count == 0) return false;
        await TakeReplyAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Returns when everything that was appended is acknowledged by all replicas.</summary>
    public async ValueTask FlushAsync()
    {
        while (_open is not null) await CloseExtentAsync().ConfigureAwait(false);
        Invariant.Check(_inFlight.Count == 0);
    }

    public void Dispose()
    {
        LeaveConnection();
        while (_inFlight.TryDequeue(out var append)) append.Lease.Release();
    }

    /// <summary>Waits for what is in flight; after it the open extent is a finished piece, or a recovery has opened another one.</summary>
    private async ValueTask CloseExtentAsync()
    {
        while (_inFlight.Count > 0) await TakeReplyAsync().ConfigureAwait(false);
        LeaveConnection();
    }

    private async ValueTask TakeReplyAsync()
    {
        if (await TryTakeReplyAsync().ConfigureAwait(false) is { } failure) await RecoverAsync(failure).ConfigureAwait(false);
    }

    /// <summary>Takes the reply to the first in line, which then is done.</summary>
    private async ValueTask<AppendFailure?> TryTakeReplyAsync()
    {
        Invariant.Check(_open is not null);
        var append = _inFlight.Peek();
        try
        {
            var expected = Requests.Expect(HeaderOf(_open, append), _open.Id, append.ExtentOffset);
            var reply = await _open.Connection.ReceiveAsync(expected, _settings.ReplyDeadline).ConfigureAwait(false);
            if (!reply.IsOk) return new AppendFailure(reply, null);
        }
        catch (ConnectionFailedException e)
        {
            cancel.ThrowIfCancellationRequested();
            return new AppendFailure(null, e);
        }

        _open.Acknowledge(append);
        _inFlight.Dequeue();
        append.Lease.Release();
        acknowledged(append.Bytes);
        return null;
    }

    /// <summary>A send failed because the peer hung up: what it had answered before decides what is done and why the rest is not.</summary>
    private async ValueTask<AppendFailure> HarvestAsync(AppendFailure failure)
    {
        if (failure.Cause is not { Failure: ConnectionFailure.Lost }) return failure;
        while (_inFlight.Count > 0 && _open!.Connection.IsOwedReply)
            if (await TryTakeReplyAsync().ConfigureAwait(false) is { } end) return end.Reply is null ? failure : end;
        return failure;
    }

    /// <summary>The first in line failed: it and all behind it go to a new extent, and again to another if that fails too.</summary>
    private async ValueTask RecoverAsync(AppendFailure failure)
    {
        while (true)
        {
            failure = await HarvestAsync(failure).ConfigureAwait(false);
            var failed = _open!.Partition;
            LeaveConnection();
            if (failure.IsOverload) await context.PauseAsync(cancel).ConfigureAwait(false);
            else await view.CondemnAsync(failed, cancel).ConfigureAwait(false);
            if (!_inFlight.TryPeek(out var first)) return; // all of it had been answered: only the connection is gone
            if (++first.Errors > _settings.PacketErrorsMax)
                throw new CubeClientException($"byte {first.FileOffset} of the object failed {first.Errors} times; the last: {failure}", failure.Cause);
            // Elsewhere at once; but when that fails too, something goes on that needs time rather than the next of a bounded number of errors.
            if (first.Errors > 1 && !failure.IsOverload) await context.PauseAsync(cancel).ConfigureAwait(false);
            if (await TryMoveAsync(failed).ConfigureAwait(false) is not { } next) return;
            failure = next;
        }
    }

    private async ValueTask MoveAsync(VolumePartition? avoid)
    {
        if (await TryMoveAsync(avoid).ConfigureAwait(false) is { } failure) await RecoverAsync(failure).ConfigureAwait(false);
    }

    /// <summary>Opens an extent and sends it everything in flight.</summary>
    private async ValueTask<AppendFailure?> TryMoveAsync(VolumePartition? avoid)
    {
        var open = await OpenAsync(_inFlight.Peek().FileOffset, avoid).ConfigureAwait(false);
        await created(open.Piece).ConfigureAwait(false);
        foreach (var append in _inFlight) // nothing is taken out meanwhile: replies wait until all is sent
            if (await TrySendAsync(open, append).ConfigureAwait(false) is { } failure) return failure;
        return null;
    }

    private async ValueTask<AppendFailure?> TrySendAsync(OpenExtent open, PendingAppend append)
    {
        append.ExtentOffset = open.Reserve(append.Bytes);
        try
        {
            await open.Connection.SendAsync(HeaderOf(open, append), open.Partition.FollowerArg, append.Lease, append.Bytes, _settings.ReplyDeadline).ConfigureAwait(false);
            return null;
        }
        catch (ConnectionFailedException e)
        {
            cancel.ThrowIfCancellationRequested();
            return new AppendFailure(null, e);
        }
    }

    /// <summary>Creates an extent in a partition that takes it; the connection that created it carries its appends.</summary>
    private async ValueTask<OpenExtent> OpenAsync(long fileOffset, VolumePartition? avoid)
    {
        AppendFailure? last = null;
        var requestId = RequestIds.Next();
        var search = new PlacementSearch(_settings);
        var began = context.Time.GetTimestamp();
        while (true)
        {
            if (await view.ChooseAsync(tiny: false, avoid, cancel).ConfigureAwait(false) is not { } partition)
            {
                var nothing = view.NothingWritable(out var isLasting);
                if (isLasting || search.EndsWithoutPlace(context.Time.GetElapsedTime(began))) throw last is { } why ? Unplaced(search, why) : nothing;
                await Task.Delay(search.NextPause(), context.Time, cancel).ConfigureAwait(false);
                continue;
            }

            // What was tried before in vain needs time, not another try at once.
            if (search.PauseBefore(partition.Id) is { } pause) await Task.Delay(pause, context.Time, cancel).ConfigureAwait(false);
            var (reply, failure, connection) = await ChainCall.AskAsync(context, partition,
                Requests.Create(partition, requestId), Requests.NoInode, null, null, _settings.CreateDeadline, cancel).ConfigureAwait(false);
            var outcome = new AppendFailure(reply, failure);
            if (reply is { IsOk: true, Header.Extent: { IsTiny: false, Value: > 0 } id })
            {
                _open = new OpenExtent(partition, id, fileOffset, connection!);
                _aborting = cancel.UnsafeRegister(static state => ((DataConnection)state!).Abort(), connection);
                return _open;
            }

            // An error reply has spoiled it; a success that names no normal extent leaves nothing to trust either.
            connection?.Dispose();
            last = outcome;
            if (search.EndsAfterRefusal(context.Time.GetElapsedTime(began))) throw Unplaced(search, outcome);
            if (!outcome.IsOverload) await view.CondemnAsync(partition, cancel).ConfigureAwait(false);
            avoid = partition;
        }
    }

    private CubeClientException Unplaced(PlacementSearch search, AppendFailure last) => new(
        $"volume {view.Volume}: no partition of {search.Attempts} tried took a new extent; the last: {last}", last.Cause);

    private static PacketHeader HeaderOf(OpenExtent open, PendingAppend append) =>
        Requests.Append(open.Partition, open.Id, append.ExtentOffset, append.FileOffset, append.Bytes, append.Crc, append.RequestId);

    /// <summary>Ends the open extent with what it has acknowledged; its connection goes back if nothing is owed on it.</summary>
    private void LeaveConnection()
    {
        if (_open is not { } open) return;
        _open = null;
        _aborting.Dispose();
        context.Writes.Return(open.Connection);
        if (open.Acknowledged > 0) _pieces.Add(open.Piece);
    }
}
