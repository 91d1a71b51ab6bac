using CubeActors.Persistence;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Actors;

/// <summary>Opens a journal in a file whose directory exists. Blocks; not for an actor's thread.</summary>
/// <exception cref="JournalException">It cannot be opened.</exception>
public delegate SqliteJournal JournalOpener(string path, EventRegistry events);

/// <summary>The ledger's file in the node's own directory, on a thread of its own: a directory that hangs holds up nobody else.</summary>
internal sealed class LedgerFile(JournalOpener open, IFileSystem files, IWorkQueue thread, string directory)
{
    public const string Name = "operations.db";

    /// <summary>What SQLite keeps beside a file while it is open.</summary>
    private static readonly string[] Suffixes = ["", "-wal", "-shm", "-journal"];

    public string Path => $"{directory}/{Name}";

    /// <summary>A damaged file is kept under this name, the last one.</summary>
    public string AsidePath => $"{Path}.damaged";

    /// <summary>Somebody has said that it may be opened.</summary>
    public bool IsWanted { get; set; }

    /// <summary>There may be a new one; otherwise only one that is there is opened.</summary>
    public bool MayCreate { get; set; }

    /// <returns>Null where none is there, and none may be made.</returns>
    /// <exception cref="JournalException">Through the task.</exception>
    /// <exception cref="DiskFaultException">Through the task.</exception>
    public Task<SqliteJournal?> OpenAsync() => thread.RunAsync(
        () =>
        {
            if (!MayCreate && files.Stat(Path) is null) return null;
            if (files.Stat(directory) is null) files.CreateDirectory(directory);
            return open(Path, LedgerFormat.Registry());
        },
        IoClass.Load);

    /// <summary>Takes a damaged file out of the way; it must not be open.</summary>
    /// <exception cref="DiskFaultException">Through the task.</exception>
    public Task<bool> SetAsideAsync() => thread.RunAsync(
        () =>
        {
            foreach (var suffix in Suffixes)
            {
                files.DeleteFile(AsidePath + suffix);
                if (files.Stat(Path + suffix) is not null) files.Rename(Path + suffix, AsidePath + suffix);
            }

            files.SyncDirectory(directory);
            return true;
        },
        IoClass.Load);

    /// <summary>Performs what the journal has accepted, and closes the file.</summary>
    public Task<bool> CloseAsync(SqliteJournal journal) => thread.RunAsync(
        () =>
        {
            journal.Dispose();
            return true;
        },
        IoClass.Load);
}
