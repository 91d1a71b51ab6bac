using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What the partitions of one disk share.</summary>
/// <param name="DiskPath">As configured, byte for byte: it goes into reports.</param>
internal sealed record PartitionContext(
    string DiskPath, DiskRoot Root, IFileSystem Files, IWorkQueue Threads, ExtentStoreSettings StoreSettings, StorageSettings Settings, PartitionGates Partitions, NodeBoard Board);
