namespace CubeActors.Protocol;

/// <summary>Entries from <paramref name="FirstIndex"/> up to the next run have one term. A log of a million entries has a handful of runs.</summary>
public readonly record struct TermRun(ulong FirstIndex, ulong Term);
