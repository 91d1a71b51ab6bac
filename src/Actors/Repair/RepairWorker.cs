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
        var repair = new ExtentRepair(site, item);
        var tokenTries = 0;
        for (var tries = 1; ; tries++)
        {
            RepairFailureException failure;
            try
            {
                return await TryAsync(repair, item, cancel).ConfigureAwait(false);
            }
            catch (BudgetRefusedException e)
            {
                return new ExtentRepaired(item.Extent, RepairOutcome.Failed, repair.Fetched, e.Message);
            }
            catch (RepairFailureException e)
            {
                Hang();
                cancel.ThrowIfCancellationRequested(); // the failure may be our own closing of the line
                failure = e;
            }

            if (RepairReactions.IsDeletedThere(failure.Kind, failure.Code)) return new ExtentRepaired(item.Extent, RepairOutcome.WasDeleted, repair.Fetched);
            if (failure.Code == ResultCode.ReadRepairAgain) tokenTries++;
            if (RepairReactions.PauseAfter(failure.Kind, failure.Code, tries, tokenTries, _services.Settings) is not { } pause)
                return new ExtentRepaired(item.Extent, RepairOutcome.Failed, repair.Fetched, failure.Message);
            await Task.Delay(pause, _services.Time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>One try, within what this disk, this node and the source have places for. Between two tries none is held: the source may be waiting for one of them.</summary>
    private async Task<ExtentRepaired> TryAsync(ExtentRepair repair, RepairItem item, CancellationToken cancel)
    {
        while (true)
        {
            using var ticket = await _services.Budget.EnterAsync(TrafficClass.Repair, item.Source, 0, cancel, site.Urgency).ConfigureAwait(false);
            if (await FetchAsync(repair, item, ticket, cancel).ConfigureAwait(false) is { } repaired) return repaired;
            Hang(); // it gives its place to a partition in greater danger, and a connection that may stand idle for long with it
        }
    }

    /// <returns>Null if it gave way.</returns>
    private async Task<ExtentRepaired?> FetchAsync(ExtentRepair repair, RepairItem item, BudgetTicket ticket, CancellationToken cancel)
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
            return await repair.RunAsync(_line, buffer, ticket, cancel).ConfigureAwait(false);
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
