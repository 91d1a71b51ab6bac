using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>All that operators and monitoring see of a node, and what they may set. Thread-safe.</summary>
/// <param name="Figures">Asked at every scrape.</param>
/// <param name="Report">What the node would answer to a heartbeat now.</param>
public sealed record NodeSurface(IPartitionInspection Partitions, OperationMeters Meters, Func<NodeFigures> Figures, Func<DataNodeHeartbeatResponse> Report);
