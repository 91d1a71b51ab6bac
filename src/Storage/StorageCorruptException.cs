namespace CubeActors.Storage;

/// <summary>What lies on the disk cannot be loaded as it is. Nothing was changed or deleted.</summary>
/// <param name="path">The file or directory that is wrong.</param>
/// <param name="problem">What is wrong with it.</param>
/// <param name="remedy">What an operator can do, as a sentence.</param>
public sealed class StorageCorruptException(string path, string problem, string remedy, Exception? cause = null)
    : Exception($"{path}: {problem}. {remedy}", cause)
{
    public string Path { get; } = path;
    public string Problem { get; } = problem;
    public string Remedy { get; } = remedy;
}
