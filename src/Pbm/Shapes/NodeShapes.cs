using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record NodeShape(
    string Version, [property: Description("it was built of")] string? Commit, string Runtime, string Os, string Architecture, int ProcessId, DateTimeOffset StartedAt, double UptimeSeconds,
    [property: Description("ip:port of the data port; empty until it is known")] string Address, [property: Description("0 until it is registered")] ulong NodeId, string? Cluster, string Zone,
    [property: Description("Binding, Loading, Ready, Draining or Stopped")] string Phase, [property: Description("why it is not ready, one sentence each")] IReadOnlyList<string> NotReady,
    IReadOnlyList<PhaseShape> Phases, [property: Description("estimated rest of the loading")] double? LeftSeconds, int Disks,
    [property: Description("replicas by state")] IReadOnlyDictionary<string, int> Partitions, int GroupsLed, int? Connections, [property: Description("requests that wait for partitions")] int? Parked,
    [property: Description("answers of followers that did not match; more than none is an alert")] long? ReplyMismatches);

internal sealed record PhaseShape(string Name, string At, double Seconds, bool Over);

internal sealed record VersionShape(string Version, string? Commit, string Runtime, string Os, string Architecture, [property: Description("of this pbm")] string Pbm);

internal sealed record ConfigShape(IReadOnlyList<SettingShape> Settings);

internal sealed record SettingShape(string Key, [property: Description("of a secret only that there is one")] string Value, [property: Description("a file, or default")] string Source);

internal sealed record DrainShape(
    [property: Description("idle, draining, drained or stopping")] string State, DateTimeOffset? Since, double SecondsLeft, int GroupsHandedOver, int GroupsStillLed, int Connections, int InFlight,
    IReadOnlyList<DrainGroupShape> Groups);

internal sealed record DrainGroupShape(ulong Partition, [property: Description("Led, Asking or HandedOver")] string Step, string To, [property: Description("why it is still led")] string Why);

internal sealed record RuntimeShape(
    double CpuSeconds, long ResidentBytes, long HeapBytes, long CommittedBytes, long FragmentedBytes, long LimitBytes, [property: Description("since the start")] long AllocatedBytes,
    [property: Description("all threads stood still, since the start")] double PauseSeconds, double PausePercent, string Mode, IReadOnlyList<GenerationShape> Generations, long PinnedObjects, int Threads,
    int PoolThreads, long PoolQueue, long PoolDone, long LockContentions, int? OpenFiles);

internal sealed record GenerationShape(string Name, int? Collections, long Bytes);

internal sealed record FileShape(string File, long Bytes, double Seconds);
