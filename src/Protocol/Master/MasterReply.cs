using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Protocol.Master;

/// <summary>The envelope of every JSON answer of a master. HTTP status is 200 for errors too.</summary>
/// <param name="Code">0: success, <paramref name="Data"/> is the result. 1: <paramref name="Message"/> says what went wrong. Else a kind of error.</param>
public sealed record MasterReply<T>(
    [property: JsonPropertyName("code")] int Code,
    [property: JsonPropertyName("msg")] string Message,
    [property: JsonPropertyName("data")] T? Data);

/// <summary>Takes apart and builds <see cref="MasterReply{T}"/>.</summary>
public static class MasterReply
{
    public const int Success = 0;
    public const int InternalError = 1;
    public const int ParameterError = 2;
    public const int VolumeMissing = 7;
    public const int PartitionMissing = 11;
    public const int DataNodeMissing = 12;
    public const int InvalidClientKey = 42;

    /// <summary>Reads the envelope, and its data only on success: an error may carry data of any kind, or none.</summary>
    /// <param name="dataType">Of the data, not of the envelope.</param>
    /// <returns>False if the body is no envelope, or a success whose data is not a <typeparamref name="T"/>.</returns>
    public static bool TryRead<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> dataType, [MaybeNullWhen(false)] out MasterReply<T> reply)
    {
        reply = null;
        if (!GoJson.TryRead(body, MasterJson.Default.RawReply, out var raw)) return false;
        var message = raw.Message ?? "";
        if (raw.Code != Success)
        {
            reply = new MasterReply<T>(raw.Code, message, default);
            return true;
        }
        if (!GoJson.TryRead(raw.Data, dataType, out var data)) return false;
        reply = new MasterReply<T>(raw.Code, message, data);
        return true;
    }

    public static MasterReply<T> Of<T>(T data) => new(Success, "success", data);
    public static MasterReply<JsonElement?> Failure(int code, string message) => new(code, message, null);
}
