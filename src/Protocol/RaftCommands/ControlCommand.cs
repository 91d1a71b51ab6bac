using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Protocol.Master;

namespace CubeActors.Protocol;

/// <summary>A command in JSON: <c>{"op":…,"k":base64,"v":base64}</c>. Replicas ignore numbers that they do not know.</summary>
/// <remarks>Source: CubeFS datanode/partition_op_by_raft.go RaftCmdItem.</remarks>
public sealed record ControlCommand
{
    private const string RepairingStatusKey = "setRepairingStatus";

    /// <summary>An <see cref="Protocol.Opcode"/>: 0x8C or 0xB8.</summary>
    [JsonPropertyName("op")] public uint Op { get; init; }
    [JsonPropertyName("k")] public byte[] Key { get; init => field = value ?? []; } = [];
    [JsonPropertyName("v")] public byte[] Value { get; init => field = value ?? []; } = [];

    public static bool TryRead(ReadOnlySpan<byte> source, out ControlCommand command)
    {
        var complete = GoJson.TryRead(source, BodyJson.Default.ControlCommand, out var read);
        command = read ?? new ControlCommand();
        return complete;
    }

    /// <summary>The request of task 0x8C as the raft leader proposes it.</summary>
    public static byte[] SetRepairingStatus(SetRepairingStatusRequest request) => new ControlCommand
    {
        Op = (uint)Opcode.SetRepairingStatus,
        Key = Encoding.ASCII.GetBytes(RepairingStatusKey),
        Value = JsonSerializer.SerializeToUtf8Bytes(request, MasterJson.Default.SetRepairingStatusRequest),
    }.Write();

    /// <returns>False for another command, or a value that is no such request.</returns>
    public bool TryReadRepairingStatus(out SetRepairingStatusRequest request)
    {
        request = new SetRepairingStatusRequest();
        if (Op != (uint)Opcode.SetRepairingStatus) return false;
        if (!GoJson.TryRead(Value, MasterJson.Default.SetRepairingStatusRequest, out var read)) return false;
        request = read;
        return true;
    }

    private byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, BodyJson.Default.ControlCommand);
}
