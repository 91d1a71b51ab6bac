using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The last file of a log, which readers and syncs on other threads still use when the log has gone on to the next one.</summary>
/// <remarks>The log holds one count; <see cref="Retain"/> only under the log's lock, while the log holds it.</remarks>
internal sealed class SharedFile(IFile file)
{
    private int _holders = 1;

    public IFile File => file;

    public SharedFile Retain()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) file.Dispose();
    }
}
