using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Brings the log of tiny deletes near to the length of the repair leader's. The records are kept, not carried out, as in CubeFS.</summary>
/// <remarks>Source: CubeFS datanode/partition.go doStreamFixTinyDeleteRecord; storage-and-repair 4.8. The line is closed whatever happens.</remarks>
internal static class TinyRecordSync
{
    /// <summary>A log that is behind by less is left as it is. Source: CubeFS datanode/const.go MinTinyExtentDeleteRecordSyncSize.</summary>
    public const long LagBytesMin = 4 * 1024 * 1024;

    /// <summary>Records taken over by one task at most; the next task takes the rest. A leader's number must not fill a disk.</summary>
    public const long BytesPerTaskMax = 64 * 1024 * 1024;

    /// <summary>Bytes to take over, from the own length on; 0 for none. Pure.</summary>
    public static long BytesToTake(long own, long leader) =>
        leader - own < LagBytesMin ? 0 : Math.Min(leader - own, BytesPerTaskMax) / TinyDeleteRecord.Bytes * TinyDeleteRecord.Bytes;

    /// <summary>The records that are kept: those of tiny extents. Pure; moves them to the front of <paramref name="records"/>.</summary>
    public static int Keep(Span<byte> records)
    {
        var kept = 0;
        for (var at = 0; at + TinyDeleteRecord.Bytes <= records.Length; at += TinyDeleteRecord.Bytes)
        {
            var record = records.Slice(at, TinyDeleteRecord.Bytes);
            if (TinyDeleteRecord.TryRead(record, out var read) != DecodeStatus.Complete || !read.Extent.IsTiny) continue;
            record.CopyTo(records[kept..]);
            kept += TinyDeleteRecord.Bytes;
        }

        return kept;
    }

    /// <returns>Bytes of the leader's log that were gone through.</returns>
    /// <exception cref="RepairFailureException">The leader did not give them; what came before is kept.</exception>
    public static async Task<long> RunAsync(RepairSite site, string leader, long leaderBytes, CancellationToken cancel)
    {
        var services = site.Services;
        var start = site.Look(store => store.TinyDeleteLogBytes);
        var bytes = BytesToTake(start, leaderBytes);
        if (bytes == 0) return 0;
        using var line = await RepairLine.DialAsync(leader, services, cancel).ConfigureAwait(false);
        await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
        var buffer = await services.Buffers.RentAsync((int)PacketLimits.TinyDeleteRecordBytesMax, cancel).ConfigureAwait(false);
        try
        {
            var request = await line.AskRecordsAsync(site.Partition, start).ConfigureAwait(false);
            long taken = 0;
            while (taken < bytes)
            {
                // A source of CubeFS goes on to the end of its log, which grows meanwhile: nothing behind what was announced is taken.
                var received = (int)Math.Min(await line.NextRecordsAsync(request, start + taken, buffer.Data).ConfigureAwait(false), bytes - taken);
                var kept = Keep(buffer.Data.Span[..received]);
                var pause = services.Node.Deletes.TakeLater(received / TinyDeleteRecord.Bytes);
                if (pause > TimeSpan.Zero) await Task.Delay(pause, services.Time, cancel).ConfigureAwait(false);
                if (kept > 0)
                {
                    var error = await site.WriteAsync(kept, store => store.AppendTinyDeleteLog(buffer.Data.Span[..kept]), cancel).ConfigureAwait(false);
                    if (error != StorageError.None) throw new ReplicaClosedException(site.Partition);
                }

                taken += received;
            }

            return taken;
        }
        finally
        {
            buffer.Release();
        }
    }
}
