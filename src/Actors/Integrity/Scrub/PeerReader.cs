using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Reads block after block of one other replica, over a connection of its own, for one walk through a partition.</summary>
internal sealed class PeerReader(RepairSite site, string host) : IDisposable
{
    /// <summary>Failures in a row after which this replica is left alone until the next walk.</summary>
    private const int FailuresMax = 8;

    private RepairLine? _line;
    private int _failures;

    /// <returns>False if the bytes could not be had: it is away, has less of the extent, or refuses.</returns>
    public async Task<bool> TryReadAsync(ExtentId extent, long offset, Memory<byte> destination, CancellationToken cancel)
    {
        if (_failures >= FailuresMax) return false;
        try
        {
            if (_line is not { IsOpen: true }) _line = await RepairLine.DialAsync(host, site.Services, cancel).ConfigureAwait(false);
            await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), _line);
            await _line.ReadAsync(site.Partition, extent, offset, destination).ConfigureAwait(false);
            _failures = 0;
            return true;
        }
        catch (RepairFailureException)
        {
            cancel.ThrowIfCancellationRequested();
            _failures++;
            return false;
        }
    }

    public void Dispose() => _line?.Dispose();
}
