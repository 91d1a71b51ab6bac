namespace CubeActors.Raft;

/// <summary>Entries in a row that have one term; the run ends where the next begins, or the log.</summary>
public readonly record struct TermRun(ulong First, ulong Term);
