using System.Collections.ObjectModel;

namespace CubeActors.Protocol.Master;

/// <summary>What a map that is null or missing reads as.</summary>
internal static class EmptyMap<T>
{
    public static IReadOnlyDictionary<string, T> Instance => ReadOnlyDictionary<string, T>.Empty;
}
