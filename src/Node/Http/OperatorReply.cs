using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Node;

/// <summary>What an operator's path answers, before it is bytes.</summary>
/// <param name="Code">The HTTP status.</param>
internal abstract record OperatorReply(int Code)
{
    public abstract string ContentType { get; }

    /// <summary>The body.</summary>
    public abstract byte[] ToBytes();

    public static OperatorReply Ok<T>(T data, JsonTypeInfo<T> type) => new EnvelopeReply(200, "", data, type);

    public static OperatorReply Ok(string text) => Ok(text, OperatorJson.Default.String);

    public static OperatorReply Bad(string msg) => new EnvelopeReply(400, msg, null, null);

    public static OperatorReply Failed(int code, string msg) => new EnvelopeReply(code, msg, null, null);

    /// <summary>The words of CubeFS for a partition that is not here.</summary>
    public static OperatorReply NoPartition { get; } = Failed(404, "partition not exist");
}

/// <summary>The envelope of a CubeFS data node: <c>code</c> is the HTTP status, also on success. Source: CubeFS datanode/server_handler.go.</summary>
/// <param name="Msg">Empty on success.</param>
/// <param name="Data">JSON null if there is none.</param>
internal sealed record EnvelopeReply(int Code, string Msg, object? Data, JsonTypeInfo? Type) : OperatorReply(Code)
{
    public override string ContentType => "application/json; charset=utf-8";

    public override byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("code", Code);
            writer.WriteString("msg", Msg);
            writer.WritePropertyName("data");
            if (Type is null) writer.WriteNullValue();
            else JsonSerializer.Serialize(writer, Data, Type);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }
}

/// <summary>Plain text, as some paths of CubeFS answer.</summary>
internal sealed record TextReply(int Code, string Text) : OperatorReply(Code)
{
    public override string ContentType => "text/plain; charset=utf-8";

    public override byte[] ToBytes() => System.Text.Encoding.UTF8.GetBytes(Text);
}
