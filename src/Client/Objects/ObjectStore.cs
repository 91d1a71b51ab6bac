using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client;

/// <summary>The objects of one volume. Thread-safe; belongs to its <see cref="CubeClient"/>.</summary>
/// <remarks>
/// Objects are kept by the embedded master; with CubeFS masters every call here fails with <see cref="MasterFailure.UnknownApi"/>.
/// All methods throw <see cref="MasterException"/> if the masters fail them, <see cref="CubeClientException"/> if the data nodes do, and
/// <see cref="OperationCanceledException"/>.
/// </remarks>
public sealed class ObjectStore
{
    private readonly ClientContext _context;
    private readonly MasterClient _master;
    private readonly VolumeView _view;
    private int _turn;

    internal ObjectStore(ClientContext context, MasterClient master, VolumeView view, int firstTurn)
    {
        _context = context;
        _master = master;
        _view = view;
        _turn = firstTurn;
    }

    public string Volume => _view.Volume;

    /// <summary>Stores what <paramref name="source"/> holds from its position on, in place of an object that has the name.</summary>
    /// <remarks>The object appears whole or not at all; on any failure, a cancellation too, what was written is deleted by the master.</remarks>
    /// <param name="source">Stays the caller's. Of a source that can seek, its length at the call is what is stored.</param>
    /// <param name="progress">Told the bytes that all replicas have acknowledged so far; never falls.</param>
    /// <returns>The object as committed; <see cref="StoredObject.CreatedAt"/> by this machine's clock.</returns>
    /// <exception cref="ArgumentException">The name is not valid by <see cref="ObjectRules.IsName"/>.</exception>
    public Task<StoredObject> PutAsync(string name, Stream source, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        CheckName(name);
        return new PutOperation(_context, _master, _view, name, source, progress, cancel).RunAsync();
    }

    public Task<StoredObject> FindAsync(string name, CancellationToken cancel = default)
    {
        CheckName(name);
        return _master.GetObjectAsync(Volume, name, cancel);
    }

    /// <summary>Copies an object's content to a stream and checks its SHA-256 at the end.</summary>
    /// <param name="destination">Stays the caller's. After a failure it holds a front of the content; each packet of it had the right CRC.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    /// <param name="replica">Index in the partitions' hosts to read from only, to check one copy; null lets replicas stand in for each other.</param>
    /// <exception cref="CubeClientException">Also if the content is not what was stored.</exception>
    public async Task<StoredObject> GetAsync(
        string name, Stream destination, IProgress<long>? progress = null, int? replica = null, CancellationToken cancel = default)
    {
        if (replica is { } index) ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(replica));
        var found = await FindAsync(name, cancel).ConfigureAwait(false);
        if (!ObjectRules.IsSha256(found.Sha256) || !ObjectRules.Cover(found.Extents, out var covered) || covered != found.Size)
            throw new CubeClientException($"object {name}: the master's record of it is damaged: {found.Extents.Count} extents do not make up its {found.Size} bytes");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var reader = new ExtentReader(_context, _view, _context.Settings.ReadSource, replica, Interlocked.Increment(ref _turn), cancel);
        long written = 0;
        foreach (var piece in found.Extents) await reader.ReadAsync(piece, 0, piece.Size, WriteAsync).ConfigureAwait(false);
        var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (digest == found.Sha256) return found;
        throw new CubeClientException($"object {name}: its content has SHA-256 {digest}, stored was {found.Sha256}; read it from single replicas to find the wrong one");

        async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            hash.AppendData(bytes.Span);
            await destination.WriteAsync(bytes, cancel).ConfigureAwait(false);
            written += bytes.Length;
            progress?.Report(written);
        }
    }

    /// <summary>The same into a file, which appears under its name only when it is complete and verified.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task<StoredObject> GetFileAsync(
        string name, string path, IProgress<long>? progress = null, int? replica = null, CancellationToken cancel = default)
    {
        var partial = path + ".partial";
        try
        {
            StoredObject found;
            await using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true))
            {
                found = await GetAsync(name, file, progress, replica, cancel).ConfigureAwait(false);
                file.Flush(flushToDisk: true); // or a power cut could leave the name with nothing behind it
            }

            File.Move(partial, path, overwrite: true);
            return found;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Hands bytes of a stored piece to a stream, each packet's CRC checked; for ranges, and for tests of single extents.</summary>
    /// <param name="skip">Bytes of the piece to leave out in front.</param>
    public ValueTask ReadPieceAsync(ObjectExtent piece, long skip, long bytes, Stream destination, int? replica = null, CancellationToken cancel = default)
    {
        if (!ObjectRules.IsPlace(piece)) throw new ArgumentException($"not a place in an extent: {piece}", nameof(piece));
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(skip, piece.Size - bytes);
        var reader = new ExtentReader(_context, _view, _context.Settings.ReadSource, replica, Interlocked.Increment(ref _turn), cancel);
        return reader.ReadAsync(piece, skip, bytes, got => destination.WriteAsync(got, cancel));
    }

    /// <summary>All objects whose name begins with <paramref name="prefix"/>, by name, fetched a page at a time.</summary>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var after = "";
        while (true)
        {
            var page = await _master.ListObjectsAsync(Volume, prefix, after, ObjectRules.PageObjectsMax, cancel).ConfigureAwait(false);
            foreach (var entry in page.Objects) yield return entry;
            if (page.Next is null) yield break;
            if (string.CompareOrdinal(page.Next, after) <= 0)
                throw new MasterException(MasterFailure.BadReply, $"the listing of volume {Volume} does not advance beyond '{after}'");
            after = page.Next;
        }
    }

    /// <summary>Removes an object from the volume; its bytes are deleted from the data nodes by the master, later.</summary>
    /// <returns>The id under which the master keeps the garbage.</returns>
    public async Task<ulong> RemoveAsync(string name, CancellationToken cancel = default)
    {
        CheckName(name);
        return (await _master.RemoveObjectAsync(Volume, name, cancel).ConfigureAwait(false)).GarbageId;
    }

    /// <summary>Deletes pieces from the data nodes at once. They must belong to no object: nobody checks.</summary>
    public Task<DeletePass> DeletePiecesAsync(IReadOnlyList<ObjectExtent> pieces, CancellationToken cancel = default)
    {
        foreach (var piece in pieces)
            if (!ObjectRules.IsPlace(piece)) throw new ArgumentException($"not a place in an extent: {piece}", nameof(pieces));
        return new Deleter(_context, _view).DeleteAsync(pieces, cancel).AsTask();
    }

    private static void CheckName(string name)
    {
        if (!ObjectRules.IsName(name))
            throw new ArgumentException($"an object's name has 1 to {ObjectRules.NameBytesMax} bytes of UTF-8 and no control characters", nameof(name));
    }
}
