namespace CubeActors.Node;

/// <summary>Opens a file that is read once from the front to the end.</summary>
internal static class SourceFile
{
    public static FileStream Open(string path) => new(
        path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
}
