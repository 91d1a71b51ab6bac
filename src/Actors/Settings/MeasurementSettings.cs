namespace CubeActors.Actors;

/// <summary>How operations are measured; the last two can be changed while the node runs.</summary>
/// <param name="Degrade"><inheritdoc cref="OperationMeters.Degrade"/></param>
/// <param name="ByPartition"><inheritdoc cref="OperationMeters.ByPartition"/></param>
public sealed record MeasurementSettings(LatencyBounds Bounds, int Degrade, bool ByPartition);
