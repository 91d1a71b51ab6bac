using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol.Master;
using Microsoft.AspNetCore.Http;

namespace CubeActors.ControlPlane;

/// <summary>Writes <c>{"code":..,"msg":..,"data":..}</c>; the status is 200 for refusals too.</summary>
internal static class Envelope
{
    public static Task WriteAsync<T>(HttpContext http, T data, JsonTypeInfo<T> type) =>
        WriteAsync(http, MasterReply.Success, "success", writer => JsonSerializer.Serialize(writer, data, type));

    public static Task WriteAsync(HttpContext http, Refusal refusal) =>
        WriteAsync(http, refusal.Code, refusal.Message, writer => writer.WriteNullValue());

    /// <summary>What an unready master or an unknown path answers: a status that sends the client to the next master.</summary>
    public static Task WriteTextAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }

    private static async Task WriteAsync(HttpContext http, int code, string message, Action<Utf8JsonWriter> writeData)
    {
        http.Response.ContentType = "application/json";
        await using (var writer = new Utf8JsonWriter(http.Response.BodyWriter))
        {
            writer.WriteStartObject();
            writer.WriteNumber("code", code);
            writer.WriteString("msg", message);
            writer.WritePropertyName("data");
            writeData(writer);
            writer.WriteEndObject();
        }

        await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }
}

/// <summary>JSON of what CubeFS has no own type for in Protocol. Names are those on the wire.</summary>
[JsonSerializable(typeof(ClusterSummary))]
[JsonSerializable(typeof(VolumeSummary))]
internal sealed partial class SummaryJson : JsonSerializerContext;
