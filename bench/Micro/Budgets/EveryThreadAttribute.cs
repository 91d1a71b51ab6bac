namespace CubeActors.Micro;

/// <summary>The benchmarks of this class set other threads to work: what all threads of the process allocate is counted.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class EveryThreadAttribute : Attribute;
