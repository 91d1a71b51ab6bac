using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>An extent that this program made and must delete again.</summary>
internal readonly record struct CreatedExtent(PartitionTarget Target, ExtentId Extent);
