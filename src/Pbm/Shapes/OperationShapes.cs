using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record OperationListShape(IReadOnlyList<OperationShape> Operations);

internal sealed record OperationShape(
    string Id, [property: Description("RepairTask, OwnRepair, Cycle, Share, TinyVerification, Rebuild, MemberChange, CreatePartition, DeletePartition, LoadCheck, Drain, DiskRecovery, Scrub or Reload")]
    string Kind, [property: Description("Accepted, Running, Done, Failed, Cancelled or Interrupted")] string State, ulong? Partition, string? Disk, [property: Description("ip:port of the other node")] string? Peer,
    string Detail, DateTimeOffset AcceptedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, ProgressShape? Progress, DateTimeOffset? MovedAt, string? Result, string? Resumes, int? Runs, bool? IsStalled,
    bool? CanCancel);

internal sealed record ProgressShape(long Done, [property: Description("0 while it is not known")] long Of, string Unit);

internal sealed record AlertListShape(IReadOnlyList<AlertShape> Alerts);

internal sealed record AlertShape(
    DateTimeOffset At, [property: Description("ReplyMismatch, Stall, Concurrent, IntegrityFinding or Interrupted")] string Kind, string? Operation, ulong? Partition, ulong? Extent, string? Peer, string? Expected,
    string? Got, long? Repeats, DateTimeOffset? ClearedAt);
