using Microsoft.Data.Sqlite;

namespace CubeActors.Persistence;

/// <summary>What a SQLite result code means to an operator. Source: https://www.sqlite.org/rescode.html.</summary>
internal static class JournalErrors
{
    private const int Perm = 3, Busy = 5, Locked = 6, ReadOnly = 8, IoErr = 10, Corrupt = 11, Full = 13, CantOpen = 14;
    private const int Constraint = 19, NotADb = 26;

    /// <summary>Only the statement at fault is undone; the rest of the transaction is still good.</summary>
    public static bool IsOneRequestsFault(SqliteException cause) => cause.SqliteErrorCode == Constraint;

    /// <summary>Whether the file itself is at fault, so that it stays so.</summary>
    public static JournalFault FaultOf(SqliteException cause) => cause.SqliteErrorCode is Corrupt or NotADb ? JournalFault.Damaged : JournalFault.Unavailable;

    public static string Sentence(string path, SqliteException cause) => cause.SqliteErrorCode switch
    {
        CantOpen =>
            $"The journal '{path}' cannot be opened: its directory is missing, it is no file, or access is denied ({cause.Message}).",
        Perm or ReadOnly =>
            $"The journal '{path}' cannot be written: check the permissions of the file and its directory ({cause.Message}).",
        Busy or Locked => $"The journal '{path}' is in use by another process ({cause.Message}).",
        NotADb => $"The file '{path}' is no SQLite database, or its header is damaged ({cause.Message}).",
        Corrupt => $"The journal '{path}' is damaged ({cause.Message}).",
        Full => $"The journal '{path}' cannot grow: its disk is full, or its size limit is reached ({cause.Message}).",
        IoErr => $"The disk of the journal '{path}' failed ({cause.Message}).",
        Constraint =>
            $"The journal '{path}' has an event with this persistence id and number already: do two actors share the id? ({cause.Message})",
        _ => $"The journal '{path}' failed ({cause.Message}).",
    };
}
