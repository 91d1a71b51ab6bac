using System.Collections.Immutable;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>The last puts that committed, for repeated commits.</summary>
internal sealed record RememberedCommit(ulong PutId, string Volume, string Name);

/// <summary>A <see cref="CatalogObject"/> as it lies on disk.</summary>
internal sealed record SavedObject(
    ulong PutId, string Volume, string Name, long Size, string Sha256, DateTimeOffset CreatedAt, ImmutableArray<ObjectExtent> Extents);

/// <summary>A whole <see cref="ObjectCatalog"/> as it lies on disk.</summary>
internal sealed record CatalogSnapshot(
    ulong LastPutId, ulong LastGarbageId, ImmutableArray<Put> Puts, ImmutableArray<SavedObject> Objects, ImmutableArray<GarbageItem> Garbage,
    ImmutableArray<RememberedCommit> Commits);

internal sealed partial class ObjectCatalog
{
    public CatalogSnapshot ToSnapshot() => new(
        LastPutId, Garbage.LastId, [.. _puts.Values], [.. _objects.Values.SelectMany(objects => objects).Select(Saved)], [.. Garbage.Items],
        [.. _commits.Select(commit => new RememberedCommit(commit.PutId, commit.Volume, commit.Name))]);

    /// <summary>Fills an empty catalog.</summary>
    public void Restore(CatalogSnapshot saved)
    {
        LastPutId = saved.LastPutId;
        foreach (var put in saved.Puts)
        {
            _puts.Add(put.Id, put);
            foreach (var piece in put.Extents) Own(piece, put.Id);
        }

        foreach (var entry in saved.Objects)
        {
            Insert(new CatalogObject(entry.PutId, new StoredObject(entry.Volume, entry.Name, entry.Size, entry.Sha256, entry.CreatedAt, entry.Extents)));
            foreach (var piece in entry.Extents) Own(piece, entry.PutId);
        }

        foreach (var item in saved.Garbage) _owners[item.Key] = 0;
        Garbage.Restore(saved.LastGarbageId, saved.Garbage);
        foreach (var commit in saved.Commits) Remember(commit.PutId, commit.Volume, commit.Name);
    }

    private static SavedObject Saved(CatalogObject entry) =>
        new(entry.PutId, entry.Object.Volume, entry.Object.Name, entry.Object.Size, entry.Object.Sha256, entry.Object.CreatedAt, [.. entry.Object.Extents]);
}
