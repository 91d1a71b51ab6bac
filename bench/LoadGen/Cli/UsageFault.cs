namespace CubeActors.LoadGen;

/// <summary>The command line cannot be carried out; the message says what to change.</summary>
internal sealed class UsageFault(string message) : Exception(message);
