namespace CubeActors.Persistence;

/// <summary>The journal could not do what was asked; the message is one sentence that names the file.</summary>
public sealed class JournalException(string message, Exception? cause = null) : Exception(message, cause);
