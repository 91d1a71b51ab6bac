using System.Collections.Immutable;
using System.Text.Json.Serialization;
using CubeActors.Persistence;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>An operation as it lies in the file; the last one of an id holds. An open one that resumes another takes its place.</summary>
internal sealed record SavedOperation(
    Guid Id, OperationKind Kind, OperationState State, ulong? Partition, string? Disk, string? Peer, string Detail, DateTimeOffset AcceptedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    DateTimeOffset MovedAt, long Done, long Of, string Unit, string Result, Guid? Resumes, int Runs)
{
    public static SavedOperation From(OperationEntry entry) => new(
        entry.Id, entry.Kind, entry.State, entry.Partition?.Value, entry.Disk, entry.Peer, entry.Detail, entry.AcceptedAt, entry.StartedAt, entry.EndedAt, entry.MovedAt, entry.Progress.Done,
        entry.Progress.Of, entry.Progress.Unit, entry.Result, entry.Resumes, entry.Runs);

    public OperationEntry ToEntry() => new(Id, Kind, Partition is { } partition ? new PartitionId(partition) : null, Disk, Peer, Detail, AcceptedAt)
    {
        State = State,
        StartedAt = StartedAt,
        EndedAt = EndedAt,
        MovedAt = MovedAt,
        Progress = new OperationProgress(Math.Max(0, Done), Math.Max(0, Of), Unit),
        Result = Result,
        Resumes = Resumes,
        Runs = Runs,
    };
}

/// <summary>An alert as it lies in the file; one of the same operation, kind, extent and time replaces it.</summary>
internal sealed record SavedAlert(
    OperationAlertKind Kind, Guid Operation, ulong? Partition, ulong Extent, string? Peer, string Expected, string Got, DateTimeOffset At, DateTimeOffset? ClearedAt, long Repeats)
{
    public static SavedAlert From(OperationAlert alert) =>
        new(alert.Kind, alert.Operation, alert.Partition?.Value, alert.Extent, alert.Peer, alert.Expected, alert.Got, alert.At, alert.ClearedAt, alert.Repeats);

    public OperationAlert ToAlert() => new(Kind, Operation, Partition is { } partition ? new PartitionId(partition) : null, Extent, Peer, Expected, Got, At) { ClearedAt = ClearedAt, Repeats = Repeats };
}

/// <summary>All that the file should hold.</summary>
internal sealed record LedgerSnapshot(ImmutableArray<SavedOperation> Operations, ImmutableArray<SavedAlert> Alerts);

/// <summary>What the ledger's file holds: one manifest for each event, which never changes its meaning.</summary>
internal static class LedgerFormat
{
    /// <summary>Names the ledger's events in its journal.</summary>
    public const string PersistenceId = "ledger";

    public static EventRegistry Registry() => new EventRegistry()
        .Add("ledger/operation", LedgerFileJson.Default.SavedOperation)
        .Add("ledger/alert", LedgerFileJson.Default.SavedAlert)
        .Add("ledger/snapshot", LedgerFileJson.Default.LedgerSnapshot);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(SavedOperation))]
[JsonSerializable(typeof(SavedAlert))]
[JsonSerializable(typeof(LedgerSnapshot))]
internal sealed partial class LedgerFileJson : JsonSerializerContext;
