using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record OperationListShape(
    [property: Description("what happens now is kept over a restart")] bool? Kept, [property: Description("why it is not; empty if it is")] string? Problem, IReadOnlyList<OperationShape> Operations);

internal sealed record OperationShape(
    string Id, [property: Description("RepairTask, OwnRepair, Cycle, Share, TinyVerification, Rebuild, MemberChange, CreatePartition, DeletePartition, LoadCheck, Drain, DiskRecovery, Scrub or Reload")]
    string Kind, [property: Description("Accepted, Running, Done, Failed, Cancelled or Interrupted")] string State, ulong? Partition, string? Disk, [property: Description("ip:port of the other node")] string? Peer,
    string Detail, DateTimeOffset AcceptedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, ProgressShape? Progress, DateTimeOffset? MovedAt, [property: Description("from its start to its end, or to now")] double? Seconds, string? Result, string? Resumes, int? Runs, bool? IsStalled,
    bool? CanCancel);

internal sealed record ProgressShape(long Done, [property: Description("0 while it is not known")] long Of, string Unit, double? Percent);

internal sealed record AlertListShape([property: Description("of the list")] int? Active, IReadOnlyList<AlertShape> Alerts);

internal sealed record AlertShape(
    DateTimeOffset At, [property: Description("ReplyMismatch, Stall, Concurrent, IntegrityFinding or Interrupted")] string Kind, string? Operation, ulong? Partition, ulong? Extent, string? Peer, string? Expected,
    string? Got, long? Repeats, DateTimeOffset? ClearedAt, [property: Description("its cause is there, or was seen within the hour")] bool? IsActive);
