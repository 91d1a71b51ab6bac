using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Protocol.Master;

/// <summary>How far a task has come; the answer to a heartbeat says <see cref="Succeeded"/> or is ignored.</summary>
public enum AdminTaskStatus : sbyte { Start = 0, Succeeded = 1, Failed = 2, Running = 3, Stop = 4 }

/// <summary>What the master wants of a node: Data of every admin packet, and the body of <c>POST /dataNode/response</c>.</summary>
/// <remarks>Source: CubeFS proto/admin_task.go AdminTask, no tags, so the names are Go's.</remarks>
public sealed record AdminTask
{
    /// <summary>The key of the master's queue: an answer under another id leaves the task there, to be sent again.</summary>
    [JsonPropertyName("ID")] public string Id { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("PartitionID")] public PartitionId PartitionId { get; init; }
    public string Disk { get; init => field = value ?? ""; } = "";
    /// <summary>In decimal; equals the opcode of the packet.</summary>
    public byte OpCode { get; init; }
    /// <summary>The node's address as the master knows it.</summary>
    public string OperatorAddr { get; init => field = value ?? ""; } = "";
    /// <summary>An <see cref="AdminTaskStatus"/>; peers may send numbers that it lacks.</summary>
    public sbyte Status { get; init; }
    /// <summary>Unix seconds.</summary>
    public long SendTime { get; init; }
    /// <summary>Unix seconds.</summary>
    public long CreateTime { get; init; }
    public byte SendCount { get; init; }
    /// <summary>By opcode: read it with <see cref="TryReadRequest"/>.</summary>
    public JsonElement? Request { get; init; }
    /// <summary>Set in the POST only.</summary>
    public JsonElement? Response { get; init; }
    [JsonPropertyName("RequestID")] public string RequestId { get; init => field = value ?? ""; } = "";

    /// <returns>False if there is no request, or it is not of this type.</returns>
    public bool TryReadRequest<T>(JsonTypeInfo<T> type, [MaybeNullWhen(false)] out T request) => GoJson.TryRead(Request, type, out request);

    /// <summary>This task with its answer, as it is posted: everything else is sent back as it came.</summary>
    public AdminTask Answered<T>(T response, JsonTypeInfo<T> type) => this with { Response = JsonSerializer.SerializeToElement(response, type) };

    /// <summary>A task as the master queues it; <see cref="SendTime"/> and <see cref="SendCount"/> are set when it is sent from a queue.</summary>
    /// <param name="partition">0 for tasks of a node or a disk: the id then names no partition.</param>
    public static AdminTask For<T>(Opcode opcode, string nodeAddress, PartitionId partition, long unixSeconds, string requestId,
        T request, JsonTypeInfo<T> type)
    {
        var ofPartition = partition.Value == 0 ? "" : $"_DataPartitionID[{partition}]";
        return new AdminTask
        {
            Id = $"addr[{nodeAddress}]_op[{(byte)opcode}]{ofPartition}",
            PartitionId = partition,
            OpCode = (byte)opcode,
            OperatorAddr = nodeAddress,
            CreateTime = unixSeconds,
            Request = JsonSerializer.SerializeToElement(request, type),
            RequestId = requestId,
        };
    }
}
