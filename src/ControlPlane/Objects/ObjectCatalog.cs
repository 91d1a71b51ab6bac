using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>A put that has neither committed nor ended, with everything it created so far.</summary>
internal sealed record Put(ulong Id, string Volume, string Name, long? Size, ImmutableArray<ObjectExtent> Extents);

/// <param name="PutId">The put that made it, which owns its extents.</param>
internal sealed record CatalogObject(ulong PutId, StoredObject Object);

/// <summary>Objects, running puts and garbage. One owner; changes only through <c>Apply</c>.</summary>
/// <remarks>Invariant: every extent that is known here belongs to exactly one of: a running put, an object, the garbage.</remarks>
internal sealed partial class ObjectCatalog
{
    /// <summary>Puts that are remembered after their commit, so that a commit whose answer was lost can be repeated.</summary>
    private const int CommitsRemembered = 1024;

    // Bytes of JSON: five numbers; and a digest, a size, a time, the names of the fields.
    private const long ExtentWeight = 110, ObjectWeight = 250;

    private static readonly Comparer<CatalogObject> ByName =
        Comparer<CatalogObject>.Create((a, b) => string.CompareOrdinal(a.Object.Name, b.Object.Name));

    private readonly Dictionary<string, SortedSet<CatalogObject>> _objects = [];
    private readonly Dictionary<ulong, Put> _puts = [];
    private readonly Dictionary<OwnedExtent, ulong> _owners = [];
    private readonly Queue<(ulong PutId, string Volume, string Name)> _commits = new();

    private long _nameBytes; // of all objects, as JSON

    public ulong LastPutId { get; private set; }
    public IEnumerable<Put> Puts => _puts.Values;
    public GarbageQueue Garbage { get; } = new();
    /// <summary>About the bytes that the catalog takes in a snapshot.</summary>
    public long Weight => (_owners.Count * ExtentWeight) + (_objects.Values.Sum(volume => volume.Count) * ObjectWeight) + _nameBytes;
    public int Count => _puts.Count + _owners.Count + _objects.Values.Sum(volume => volume.Count);

    public Put? FindPut(ulong putId) => _puts.GetValueOrDefault(putId);

    /// <summary>The put that owns the extent, also when the put has ended and the extent is garbage; null if nobody does.</summary>
    public ulong? OwnerOf(OwnedExtent key) => _owners.TryGetValue(key, out var putId) ? putId : null;

    public bool TryFind(string volume, string name, [MaybeNullWhen(false)] out CatalogObject found)
    {
        found = null;
        return _objects.TryGetValue(volume, out var objects) && objects.TryGetValue(Probe(name), out found);
    }

    /// <summary>The object that a put became, if it did so lately and the object is still the same.</summary>
    public CatalogObject? FindCommitted(ulong putId)
    {
        foreach (var commit in _commits)
            if (commit.PutId == putId && TryFind(commit.Volume, commit.Name, out var found) && found.PutId == putId) return found;
        return null;
    }

    /// <summary>Objects of a volume by name, from the first one behind <paramref name="after"/> that starts with the prefix.</summary>
    public IEnumerable<StoredObject> List(string volume, string prefix, string after)
    {
        if (!_objects.TryGetValue(volume, out var objects) || objects.Max is not { } last) yield break;
        var from = Probe(string.CompareOrdinal(after, prefix) > 0 ? after : prefix);
        if (ByName.Compare(from, last) > 0) yield break;
        foreach (var entry in objects.GetViewBetween(from, last))
        {
            if (!entry.Object.Name.StartsWith(prefix, StringComparison.Ordinal)) yield break; // ordered: nothing later has it
            if (entry.Object.Name != after) yield return entry.Object;
        }
    }

    public void Apply(PutOpened opened)
    {
        LastPutId = Math.Max(LastPutId, opened.PutId);
        _puts.Add(opened.PutId, new Put(opened.PutId, opened.Volume, opened.Name, opened.Size, []));
    }

    public void Apply(PutExtended extended)
    {
        var put = _puts[extended.PutId];
        foreach (var piece in extended.Extents) Own(piece, put.Id);
        _puts[put.Id] = put with { Extents = put.Extents.AddRange(extended.Extents) };
    }

    public void Apply(PutCommitted committed)
    {
        var put = _puts[committed.PutId];
        _puts.Remove(put.Id);
        foreach (var piece in committed.Extents) Own(piece, put.Id);
        var used = committed.Extents.Select(OwnedExtent.Of).ToHashSet();
        Garbage.Add(put.Volume, put.Extents.Where(piece => !used.Contains(OwnedExtent.Of(piece))));
        if (TryFind(put.Volume, put.Name, out var replaced)) Discard(replaced);
        var size = committed.Extents.Sum(piece => piece.Size);
        Insert(new CatalogObject(put.Id, new StoredObject(put.Volume, put.Name, size, committed.Sha256, committed.At, committed.Extents)));
        Remember(put.Id, put.Volume, put.Name);
    }

    public void Apply(PutAborted aborted)
    {
        if (_puts.Remove(aborted.PutId, out var put)) Garbage.Add(put.Volume, put.Extents);
    }

    public void Apply(ExtentsOrphaned orphaned)
    {
        foreach (var piece in orphaned.Extents) Own(piece, 0);
        Garbage.Add(orphaned.Volume, orphaned.Extents);
    }

    public void Apply(ObjectDropped dropped)
    {
        if (TryFind(dropped.Volume, dropped.Name, out var found)) Discard(found);
    }

    public void Apply(GarbageDeleted deleted)
    {
        foreach (var item in Garbage.Remove(deleted.PartitionId, deleted.GarbageIds)) _owners.Remove(item.Key);
    }

    /// <summary>Forgets a volume: its partitions go as a whole, so nothing of it is garbage any more.</summary>
    public void ForgetVolume(string volume)
    {
        foreach (var put in _puts.Values.Where(put => put.Volume == volume).ToList())
        {
            _puts.Remove(put.Id);
            Disown(put.Extents);
        }

        if (_objects.Remove(volume, out var objects))
            foreach (var entry in objects)
            {
                Disown(entry.Object.Extents);
                _nameBytes -= NameBytes(entry);
            }

        foreach (var item in Garbage.RemoveVolume(volume)) _owners.Remove(item.Key);
    }

    private static CatalogObject Probe(string name) => new(0, new StoredObject("", name, 0, "", default, []));

    private void Own(ObjectExtent piece, ulong putId)
    {
        var key = OwnedExtent.Of(piece);
        Invariant.Check(!_owners.TryGetValue(key, out var owner) || owner == putId, "an extent belongs to one put");
        _owners[key] = putId;
    }

    private void Disown(IEnumerable<ObjectExtent> extents)
    {
        foreach (var piece in extents) _owners.Remove(OwnedExtent.Of(piece));
    }

    private void Discard(CatalogObject entry)
    {
        _objects[entry.Object.Volume].Remove(entry);
        _nameBytes -= NameBytes(entry);
        Garbage.Add(entry.Object.Volume, entry.Object.Extents);
    }

    private void Insert(CatalogObject entry)
    {
        if (!_objects.TryGetValue(entry.Object.Volume, out var objects)) _objects[entry.Object.Volume] = objects = new(ByName);
        Invariant.Check(objects.Add(entry), "one object a name");
        _nameBytes += NameBytes(entry);
    }

    private static int NameBytes(CatalogObject entry) => JsonEncodedText.Encode(entry.Object.Name).EncodedUtf8Bytes.Length;

    private void Remember(ulong putId, string volume, string name)
    {
        _commits.Enqueue((putId, volume, name));
        if (_commits.Count > CommitsRemembered) _commits.Dequeue();
    }
}
