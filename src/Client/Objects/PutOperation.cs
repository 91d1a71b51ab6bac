using System.Security.Cryptography;
using CubeActors.Protocol;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>One put: an intent, extents that the master knows before they fill, and a commit that makes the object appear whole.</summary>
/// <remarks>
/// Whatever ends it early aborts the intent, and the master deletes what was written. If not even the abort arrives, the intent's lease
/// runs out there. Memory is bounded by the window, whatever the size of the object.
/// </remarks>
internal sealed class PutOperation(
    ClientContext context, MasterClient master, VolumeView view, string name, Stream source, IProgress<long>? progress, CancellationToken cancel)
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ulong _intent;
    private long _renewedAt;
    private long _acknowledgedBytes;
    private long _readBytes;

    public async Task<StoredObject> RunAsync()
    {
        using (_hash)
        {
            long? size = source.CanSeek ? Math.Max(0, source.Length - source.Position) : null;
            _intent = await master.OpenIntentAsync(new OpenIntent(view.Volume, name, size), cancel).ConfigureAwait(false);
            _renewedAt = context.Time.GetTimestamp();
            IReadOnlyList<ObjectExtent> pieces;
            string digest;
            try
            {
                pieces = await WriteAsync(size).ConfigureAwait(false);
                Invariant.Check(ObjectRules.Cover(pieces, out var covered) && covered == _readBytes);
                if (size is { } promised && promised != _readBytes)
                    throw new CubeClientException($"object {name}: the source ended after {_readBytes} of {promised} bytes");
                digest = Convert.ToHexStringLower(_hash.GetHashAndReset());
                cancel.ThrowIfCancellationRequested();
            }
            catch
            {
                await AbortAsync().ConfigureAwait(false);
                throw;
            }

            await CommitAsync(new CommitIntent(digest, pieces)).ConfigureAwait(false);
            return new StoredObject(view.Volume, name, _readBytes, digest, context.Time.GetUtcNow(), pieces);
        }
    }

    private async Task<IReadOnlyList<ObjectExtent>> WriteAsync(long? size)
    {
        using var writer = new ExtentWriter(context, view, 0, CreatedAsync, Acknowledged, cancel);
        if (size is null or <= ClientSettings.TinyBytesMax)
        {
            // Without a known size the first MiB decides. It goes out as one packet in any case: cutting it would take a second copy.
            var (whole, next) = await WriteFrontAsync(writer, (int)(size ?? ClientSettings.TinyBytesMax), isSizeKnown: size is not null).ConfigureAwait(false);
            if (whole is not null) return whole;
            if (next is { } first) await WriteBlocksAsync(writer, long.MaxValue, first).ConfigureAwait(false);
        }
        else
        {
            await WriteBlocksAsync(writer, size.Value, null).ConfigureAwait(false);
        }

        await writer.FlushAsync().ConfigureAwait(false);
        return writer.Pieces;
    }

    /// <summary>Takes up to 1 MiB; if that is all, it becomes a tiny write, or one packet of a normal extent where that is refused.</summary>
    /// <returns>The finished pieces, or the first byte of what follows, or neither if the writer has it all.</returns>
    private async Task<(IReadOnlyList<ObjectExtent>? Whole, byte? Next)> WriteFrontAsync(ExtentWriter writer, int bytesMax, bool isSizeKnown)
    {
        if (bytesMax == 0) return ([], null);
        var lease = await context.Buffers.RentAsync(bytesMax, cancel).ConfigureAwait(false);
        var isOurs = true;
        try
        {
            var bytes = await ReadAsync(lease.Data[..bytesMax]).ConfigureAwait(false);
            if (bytes == 0) return ([], null);
            var next = isSizeKnown || bytes < bytesMax ? null : await ReadOneAsync().ConfigureAwait(false);
            var crc = Crc32.Compute(lease.Data.Span[..bytes]);
            var requestId = RequestIds.Next();
            TinyWriter.Outcome tiny = default;
            if (next is null)
            {
                tiny = await new TinyWriter(context, view, cancel).WriteAsync(lease, bytes, crc, requestId).ConfigureAwait(false);
                if (tiny.Piece is { } slot)
                {
                    await CreatedAsync(slot).ConfigureAwait(false);
                    Acknowledged(bytes);
                    return ([slot], null);
                }
            }

            isOurs = false;
            await writer.AppendAsync(lease, bytes, crc, requestId, tiny.Errors, tiny.Avoid).ConfigureAwait(false);
            return (null, next);
        }
        finally
        {
            if (isOurs) lease.Release();
        }
    }

    private async Task WriteBlocksAsync(ExtentWriter writer, long bytesMax, byte? first)
    {
        for (var left = bytesMax; left > 0;)
        {
            var lease = await RentAsync(writer).ConfigureAwait(false);
            int wanted, bytes;
            try
            {
                var block = lease.Data[..ClientSettings.PacketBytes];
                wanted = (int)Math.Min(left, block.Length);
                var kept = 0;
                if (first is { } value) (block.Span[0], kept, first) = (value, 1, null);
                bytes = kept + await ReadAsync(block[kept..wanted]).ConfigureAwait(false);
                if (bytes > 0) await RenewIfDueAsync().ConfigureAwait(false);
            }
            catch
            {
                lease.Release();
                throw;
            }

            if (bytes == 0)
            {
                lease.Release();
                return;
            }

            await writer.AppendAsync(lease, bytes).ConfigureAwait(false);
            if (writer.Pieces.Count >= ObjectRules.ExtentsMax) throw new CubeClientException($"object {name}: more than {ObjectRules.ExtentsMax} extents");
            if (bytes < wanted) return;
            left -= bytes;
        }
    }

    /// <summary>Rents a block. While the pool is empty our own packets are waited for first: puts that wait for each other's memory would stand still.</summary>
    private async ValueTask<BufferLease> RentAsync(ExtentWriter writer)
    {
        while (true)
        {
            if (context.Buffers.TryRent(ClientSettings.PacketBytes, out var lease)) return lease;
            if (!await writer.TryFreeOneAsync().ConfigureAwait(false)) return await context.Buffers.RentAsync(ClientSettings.PacketBytes, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Reads until the room is full or the source ends, and takes the bytes into the digest.</summary>
    private async ValueTask<int> ReadAsync(Memory<byte> room)
    {
        var bytes = await source.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        _hash.AppendData(room.Span[..bytes]);
        _readBytes += bytes;
        return bytes;
    }

    private async ValueTask<byte?> ReadOneAsync()
    {
        var one = new byte[1];
        return await ReadAsync(one).ConfigureAwait(false) == 0 ? null : one[0];
    }

    private async ValueTask CreatedAsync(ObjectExtent extent)
    {
        await master.AddExtentsAsync(_intent, [extent], cancel).ConfigureAwait(false);
        _renewedAt = context.Time.GetTimestamp();
    }

    /// <summary>A slow source may need longer for an extent than the intent lives.</summary>
    private async ValueTask RenewIfDueAsync()
    {
        if (context.Time.GetElapsedTime(_renewedAt) < ObjectRules.IntentLease / 3) return;
        await master.AddExtentsAsync(_intent, [], cancel).ConfigureAwait(false);
        _renewedAt = context.Time.GetTimestamp();
    }

    private void Acknowledged(int bytes)
    {
        _acknowledgedBytes += bytes;
        progress?.Report(_acknowledgedBytes);
    }

    /// <summary>From here on nobody cancels: the object may have appeared already.</summary>
    private async Task CommitAsync(CommitIntent commit)
    {
        try
        {
            await master.CommitIntentAsync(_intent, commit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MasterException e) when (e.Failure == MasterFailure.Refused)
        {
            // A commit whose answer was lost is sent to the next master again, which refuses the intent as ended: look before failing.
            if (await HasAppearedAsync(commit).ConfigureAwait(false)) return;
            await AbortAsync().ConfigureAwait(false);
            throw;
        }
        catch (MasterException)
        {
            // Unknown outcome: an abort could only make it worse, the intent's lease decides. Ask once whether it went through.
            if (!await HasAppearedAsync(commit).ConfigureAwait(false)) throw;
        }
    }

    private async Task<bool> HasAppearedAsync(CommitIntent commit)
    {
        try
        {
            var found = await master.GetObjectAsync(view.Volume, name, CancellationToken.None).ConfigureAwait(false);
            return found.Sha256 == commit.Sha256 && found.Extents.SequenceEqual(commit.Extents);
        }
        catch (MasterException)
        {
            return false; // the failure of the commit is the one to tell
        }
    }

    private async Task AbortAsync()
    {
        try
        {
            await master.AbortIntentAsync(_intent, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MasterException)
        {
            // The lease of the intent does the same within ten minutes; what made us abort is the failure to tell.
        }
    }
}
