namespace CubeActors.LoadGen;

/// <summary>There is no partition to drive; the message says what to change.</summary>
internal sealed class TargetFault(string message) : Exception(message);
