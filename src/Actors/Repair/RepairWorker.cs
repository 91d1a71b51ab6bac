using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Repairs one extent of a task after the other, over a connection of its own to the source that it is at.</summary>
internal sealed class RepairWorker(RepairSite site, RepairQueue queue, Action<ExtentRepaired> report) : IAsyncDisposable
{
    private readonly RepairServices _services = site.Services;
    private RepairLine? _line;

    /// <summary>Ends when the queue is empty, or the rebuilding of the replica is to rest.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired.</exception>
    /// <exception cref="ReplicaClosedException">The partition is closing.</exception>
    /// <exception cref="DiskFaultException">The own disk failed: the rest of the task has no chance either.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        await using var closing = cancel.UnsafeRegister(static worker => ((RepairWorker)worker!)._line?.Dispose(), this);
        while (!site.IsPaused && queue.TryTake(_line?.Address, out var item)) report(await RepairAsync(item, cancel).ConfigureAwait(false));
    }

    public ValueTask DisposeAsync()
    {
        Hang();
        return default;
    }

    private async Task<ExtentRepaired> RepairAsync(RepairItem item, CancellationToken cancel)
    {
        var tokenTries = 0;
        for (var tries = 1; ; tries++)
        {
            RepairFailureException failure;
            try
            {
                return await TryAsync(item, cancel).ConfigureAwait(false);
            }
            catch (RepairFailureException e)
            {
                Hang();
                cancel.ThrowIfCancellationRequested(); // the failure may be our own closing of the line
                failure = e;
            }

            if (RepairReactions.IsDeletedThere(failure.Kind, failure.Code)) return new ExtentRepaired(item.Extent, RepairOutcome.WasDeleted, 0);
            if (failure.Code == ResultCode.ReadRepairAgain) tokenTries++;
            if (RepairReactions.PauseAfter(failure.Kind, failure.Code, tries, tokenTries, _services.Settings) is not { } pause)
                return new ExtentRepaired(item.Extent, RepairOutcome.Failed, 0, failure.Message);
            await Task.Delay(pause, _services.Time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>One try, within what this disk and this node may repair at a time.</summary>
    private async Task<ExtentRepaired> TryAsync(RepairItem item, CancellationToken cancel)
    {
        await _services.Disk.RepairStreams.EnterAsync(_services.Settings.StreamsPerDisk, cancel).ConfigureAwait(false);
        try
        {
            await _services.Node.RepairStreams.EnterAsync(_services.Node.RepairsMax, cancel).ConfigureAwait(false);
            try
            {
                return await FetchAsync(item, cancel).ConfigureAwait(false);
            }
            finally
            {
                _services.Node.RepairStreams.Exit();
            }
        }
        finally
        {
            _services.Disk.RepairStreams.Exit();
        }
    }

    private async Task<ExtentRepaired> FetchAsync(RepairItem item, CancellationToken cancel)
    {
        if (_line is not { IsOpen: true } || _line.Address != item.Source)
        {
            Hang();
            _line = await RepairLine.DialAsync(item.Source, _services, cancel).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested(); // it may have fired before there was a line to close
            await CheckBasisAsync(_line).ConfigureAwait(false);
        }

        var buffer = await _services.Buffers.RentAsync(BufferPool.LargeBytes, cancel).ConfigureAwait(false);
        try
        {
            return await new ExtentRepair(site, item, buffer).RunAsync(_line, cancel).ConfigureAwait(false);
        }
        finally
        {
            buffer.Release();
        }
    }

    /// <summary>A replica that is being filled counts all overwrites up to its basis as copied (META CopyBasis): it reads only from those that have applied them.</summary>
    private async Task CheckBasisAsync(RepairLine line)
    {
        if (site.Meta is not { IsBeingRebuilt: true, CopyBasis: > 0 and var basis }) return;
        var body = await line.AskAsync(
            new PacketHeader { ExtentType = ExtentTypes.Tiny, Opcode = Opcode.GetAppliedId, Partition = site.Partition }, [], AnswerBytes.OneNumber, _services.Settings.Packet).ConfigureAwait(false);
        if (!NumberBody.TryReadOne(body, out var applied) || applied < basis)
            throw new RepairFailureException(RepairFailureKind.Refused, $"{line.Address} has applied the raft log up to {applied}, and the copy counts on {basis}", ResultCode.TryOtherAddress);
    }

    private void Hang()
    {
        _line?.Dispose();
        _line = null;
    }
}
