using CubeActors.LoadGen;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Restart;

/// <summary>Puts normal extents into the partitions that lie on the disk of a stopped node, in CubeFS's own format.</summary>
/// <remarks>
/// The partitions themselves come from a master, which would have renamed any that it does not know. The same arguments give the same bytes, so that
/// filling the disks of all nodes leaves replicas that are equal.
/// </remarks>
internal static class ExtentFill
{
    /// <returns>Partitions and extents that are there now.</returns>
    /// <exception cref="UsageFault">There is no partition, or a node holds the disk.</exception>
    public static (int Partitions, int Extents) Run(string disk, int extents, int bytes)
    {
        var files = LinuxFileSystem.Instance;
        var content = new byte[bytes];
        new Random(1).NextBytes(content);
        var (partitions, made) = (0, 0);
        try
        {
            using var root = DiskRoot.Open(files, disk, KernelBoot.ReadId(), "bench/Restart fill");
            var isClean = root.Verdict == BootVerdict.CleanStop;
            foreach (var entry in root.List().Where(entry => entry.Kind == RootEntryKind.Partition))
            {
                var store = ExtentStore.Open(files, root.DirectoryOf(entry), new ExtentStoreSettings(TimeProvider.System));
                try
                {
                    for (var i = 1; i <= extents; i++, made++) Put(store, new ExtentId(ExtentId.NormalBase + (ulong)i), content);
                }
                finally
                {
                    store.Close();
                }

                partitions++;
            }

            if (isClean) root.MarkCleanStop(); // as it was found
        }
        catch (DiskLockedException e)
        {
            throw new UsageFault($"{e.Message}; stop the node first");
        }

        return partitions > 0 ? (partitions, made) : throw new UsageFault($"{disk} holds no partition: create a volume first, then stop the node");
    }

    private static void Put(ExtentStore store, ExtentId id, byte[] content)
    {
        var created = store.CreateExtent(id);
        if (created == StorageError.ExtentExists) return; // filled before
        if (created != StorageError.None) throw new UsageFault($"extent {id} cannot be made: {created}");
        for (var at = 0; at < content.Length;)
        {
            var block = content.AsSpan(at, Math.Min(DataPlane.BlockBytes, content.Length - at));
            var error = store.Append(id, at, block, Crc32.Compute(block), sync: false, out _);
            if (error != StorageError.None) throw new UsageFault($"extent {id} cannot be written: {error}");
            at += block.Length;
        }
    }
}
