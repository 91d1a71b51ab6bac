namespace CubeActors.Persistence;

/// <summary>What is wrong with a journal, as far as somebody can do something about it.</summary>
public enum JournalFault
{
    /// <summary>It may work again as it is: a full disk, missing rights, another process, a disk that does not answer.</summary>
    Unavailable,

    /// <summary>What lies in the file is not what was written: it stays so.</summary>
    Damaged,

    /// <summary>A newer program wrote it, and can read it.</summary>
    Newer,

    /// <summary>It is another program's database.</summary>
    Foreign,
}

/// <summary>The journal could not do what was asked; the message is one sentence that names the file.</summary>
public sealed class JournalException(string message, Exception? cause = null, JournalFault fault = JournalFault.Unavailable) : Exception(message, cause)
{
    public JournalFault Fault => fault;
}
