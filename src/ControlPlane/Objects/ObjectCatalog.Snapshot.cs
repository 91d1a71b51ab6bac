using System.Collections.Immutable;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>The last puts that committed, for repeated commits.</summary>
internal sealed record RememberedCommit(ulong PutId, string Volume, string Name);

/// <summary>A whole <see cref="ObjectCatalog"/> as it lies on disk.</summary>
internal sealed record CatalogSnapshot(
    ulong LastPutId, ulong LastGarbageId, ImmutableArray<Put> Puts, ImmutableArray<CatalogObject> Objects, ImmutableArray<GarbageItem> Garbage,
    ImmutableArray<RememberedCommit> Commits);

internal sealed partial class ObjectCatalog
{
    public CatalogSnapshot ToSnapshot() => new(
        LastPutId, Garbage.LastId, [.. _puts.Values], [.. _objects.Values.SelectMany(objects => objects)], [.. Garbage.Items],
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
            Insert(entry);
            foreach (var piece in entry.Object.Extents) Own(piece, entry.PutId);
        }

        foreach (var item in saved.Garbage) _owners[item.Key] = 0;
        Garbage.Restore(saved.LastGarbageId, saved.Garbage);
        foreach (var commit in saved.Commits) Remember(commit.PutId, commit.Volume, commit.Name);
    }
}
