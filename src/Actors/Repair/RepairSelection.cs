using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What of a plan this replica really lacks, found on the threads of its disk; missing extents are created on the way.</summary>
/// <param name="ToFetch">To be filled from their sources.</param>
/// <param name="Problem">Why nothing more was looked at; null if all was.</param>
internal sealed record RepairSelection(IReadOnlyList<RepairItem> ToFetch, int Created, int Level, int Deleted, string? Problem)
{
    public static readonly RepairSelection Empty = new([], 0, 0, 0, null);

    /// <summary>Extents that are looked at in one turn on the disk.</summary>
    public const int ItemsPerTurn = 256;

    /// <param name="repairsNormal">False where an operator has switched off the repair of normal extents.</param>
    /// <remarks>
    /// What was ever deleted here is not created again, also after a restart, which CubeFS forgets within four hours and with the process:
    /// ids are not used twice, so a delete that overtook the repair stays a delete.
    /// </remarks>
    public RepairSelection With(ExtentStore store, IReadOnlyList<RepairItem> items, bool repairsNormal)
    {
        var missing = items.Where(item => store.Find(item.Extent) is null).ToList();
        var deleted = store.FindDeleted([.. missing.Where(item => item.MayCreate && repairsNormal).Select(item => item.Extent)]);
        var toFetch = new List<RepairItem>(ToFetch);
        var (created, level, gone) = (Created, Level, Deleted);
        foreach (var item in items)
        {
            if (!item.Extent.IsTiny && !repairsNormal)
            {
                level++;
                continue;
            }

            if (store.Find(item.Extent) is not { } here)
            {
                if (!item.MayCreate || deleted.Contains(item.Extent))
                {
                    gone++;
                    continue;
                }

                var error = store.CreateExtent(item.Extent);
                if (error is StorageError.NoSpace or StorageError.Closed) return new RepairSelection(toFetch, created, level, gone, $"extent {item.Extent} could not be created: {error}");
                if (error != StorageError.None && error != StorageError.ExtentExists)
                {
                    gone++; // deleted between the look and here
                    continue;
                }

                // A delete that came after the look and before the create has found nothing to delete.
                if (store.WasRecentlyDeleted(item.Extent))
                {
                    store.Delete(item.Extent);
                    gone++;
                    continue;
                }

                created++;
                if (item.Size > 0) toFetch.Add(item);
            }
            else if (here.Size >= item.Size)
            {
                level++;
            }
            else if (store.WasRecentlyDeleted(item.Extent))
            {
                gone++;
            }
            else
            {
                toFetch.Add(item);
            }
        }

        return new RepairSelection(toFetch, created, level, gone, null);
    }
}
