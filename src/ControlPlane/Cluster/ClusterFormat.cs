using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Persistence;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>What the master's state file holds: one manifest for each event, which never changes its meaning.</summary>
internal static class ClusterFormat
{
    public static EventRegistry Registry()
    {
        var json = ClusterJson.Default;
        return new EventRegistry()
            .Add("master/cluster-formed", json.ClusterFormed)
            .Add("master/node-added", json.NodeAdded)
            .Add("master/node-ports-filled", json.NodePortsFilled)
            .Add("master/node-disks-changed", json.NodeDisksChanged)
            .Add("master/volume-ordered", json.VolumeOrdered)
            .Add("master/volume-finished", json.VolumeFinished)
            .Add("master/volume-dropped", json.VolumeDropped)
            .Add("master/partition-planned", json.PartitionPlanned)
            .Add("master/partition-created", json.PartitionCreated)
            .Add("master/partition-dropped", json.PartitionDropped)
            .Add("master/replica-moved", json.ReplicaMoved)
            .Add("master/replica-removed", json.ReplicaRemoved)
            .Add("master/put-opened", json.PutOpened)
            .Add("master/put-extended", json.PutExtended)
            .Add("master/put-committed", json.PutCommitted)
            .Add("master/put-aborted", json.PutAborted)
            .Add("master/extents-orphaned", json.ExtentsOrphaned)
            .Add("master/object-dropped", json.ObjectDropped)
            .Add("master/garbage-deleted", json.GarbageDeleted)
            .Add("master/snapshot", json.ClusterSnapshot);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(ExtentsJson)])]
[JsonSerializable(typeof(ClusterFormed))]
[JsonSerializable(typeof(NodeAdded))]
[JsonSerializable(typeof(NodePortsFilled))]
[JsonSerializable(typeof(NodeDisksChanged))]
[JsonSerializable(typeof(VolumeOrdered))]
[JsonSerializable(typeof(VolumeFinished))]
[JsonSerializable(typeof(VolumeDropped))]
[JsonSerializable(typeof(PartitionPlanned))]
[JsonSerializable(typeof(PartitionCreated))]
[JsonSerializable(typeof(PartitionDropped))]
[JsonSerializable(typeof(ReplicaMoved))]
[JsonSerializable(typeof(ReplicaRemoved))]
[JsonSerializable(typeof(PutOpened))]
[JsonSerializable(typeof(PutExtended))]
[JsonSerializable(typeof(PutCommitted))]
[JsonSerializable(typeof(PutAborted))]
[JsonSerializable(typeof(ExtentsOrphaned))]
[JsonSerializable(typeof(ObjectDropped))]
[JsonSerializable(typeof(GarbageDeleted))]
[JsonSerializable(typeof(ClusterSnapshot))]
internal sealed partial class ClusterJson : JsonSerializerContext;

/// <summary>Extents as one flat list of numbers, five each: names would make an event several times as long.</summary>
internal sealed class ExtentsJson : JsonConverter<ImmutableArray<ObjectExtent>>
{
    public override ImmutableArray<ObjectExtent> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("extents: not a list");
        var extents = ImmutableArray.CreateBuilder<ObjectExtent>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var fileOffset = reader.GetInt64();
            extents.Add(new ObjectExtent(fileOffset, Next(ref reader).GetUInt64(), Next(ref reader).GetUInt64(), Next(ref reader).GetInt64(), Next(ref reader).GetInt64()));
        }

        return extents.ToImmutable();
    }

    public override void Write(Utf8JsonWriter writer, ImmutableArray<ObjectExtent> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var piece in value)
        {
            writer.WriteNumberValue(piece.FileOffset);
            writer.WriteNumberValue(piece.PartitionId);
            writer.WriteNumberValue(piece.ExtentId);
            writer.WriteNumberValue(piece.ExtentOffset);
            writer.WriteNumberValue(piece.Size);
        }

        writer.WriteEndArray();
    }

    private static ref Utf8JsonReader Next(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) throw new JsonException("extents: cut short");
        return ref reader;
    }
}
