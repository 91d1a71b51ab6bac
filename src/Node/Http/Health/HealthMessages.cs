using System.Buffers.Binary;
using System.Text;

namespace CubeActors.Node;

/// <summary>Answers of the health protocol. Source: grpc/health/v1/health.proto, HealthCheckResponse.ServingStatus.</summary>
internal enum ServingStatus : byte { Unknown = 0, Serving = 1, NotServing = 2, ServiceUnknown = 3 }

/// <summary>The two messages of grpc.health.v1.Health with the frame of gRPC around them: a flag, the length as 4 bytes big-endian, the message.</summary>
/// <remarks>Sources: grpc/health/v1/health.proto; gRPC over HTTP2, Length-Prefixed-Message; protobuf encoding.</remarks>
internal static class HealthMessages
{
    public const int FrameHeaderBytes = 5;

    /// <summary>A name of a service; what is longer is none of ours, and is not buffered.</summary>
    public const int RequestBytesMax = 1024;

    private const int ServiceField = 1;
    private const int StatusTag = 0x08; // field 1, varint

    /// <summary>Reads one framed request.</summary>
    /// <param name="service">The service that is asked for; empty for the whole server.</param>
    /// <returns>False if it is not exactly one uncompressed frame with a HealthCheckRequest.</returns>
    public static bool TryReadRequest(ReadOnlySpan<byte> body, out string service)
    {
        service = "";
        if (body.Length < FrameHeaderBytes || body[0] != 0) return false; // compression was not offered
        if (BinaryPrimitives.ReadUInt32BigEndian(body[1..]) != (uint)(body.Length - FrameHeaderBytes)) return false;
        var message = body[FrameHeaderBytes..];
        while (message.Length > 0)
        {
            if (!ProtoReader.TryNext(ref message, out var field, out var type, out _, out var value)) return false;
            if (field == ServiceField && type == WireType.Bytes && !TryDecode(value, out service)) return false; // another is of a later version of the protocol
        }

        return true;
    }

    /// <summary>One framed HealthCheckResponse.</summary>
    public static byte[] Response(ServingStatus status) => status == ServingStatus.Unknown
        ? [0, 0, 0, 0, 0] // a default is not written
        : [0, 0, 0, 0, 2, StatusTag, (byte)status];

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return false;
        text = Encoding.UTF8.GetString(bytes);
        return true;
    }
}
