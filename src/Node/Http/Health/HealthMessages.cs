using System.Buffers.Binary;
using System.Text;

namespace CubeActors.Node;

/// <summary>Answers of the health protocol. Source: grpc/health/v1/health.proto, HealthCheckResponse.ServingStatus.</summary>
internal enum ServingStatus : byte { Unknown = 0, Serving = 1, NotServing = 2, ServiceUnknown = 3 }

/// <summary>The two messages of grpc.health.v1.Health with the frame of gRPC around them: a flag, the length as 4 bytes big-endian, the message.</summary>
/// <remarks>Each has one field, so that they are written by hand. Sources: grpc/health/v1/health.proto; gRPC over HTTP2, Length-Prefixed-Message; protobuf encoding.</remarks>
internal static class HealthMessages
{
    public const int FrameHeaderBytes = 5;

    /// <summary>A name of a service; what is longer is none of ours, and is not buffered.</summary>
    public const int RequestBytesMax = 1024;

    private const int ServiceTag = 0x0A; // field 1, length-delimited
    private const int StatusTag = 0x08;  // field 1, varint

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
            if (!TryReadVarint(ref message, out var tag)) return false;
            if (tag == ServiceTag)
            {
                if (!TryReadVarint(ref message, out var length) || length > (ulong)message.Length) return false;
                if (!TryDecode(message[..(int)length], out service)) return false;
                message = message[(int)length..];
            }
            else if (!TrySkip(ref message, (int)(tag & 7)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One framed HealthCheckResponse.</summary>
    public static byte[] Response(ServingStatus status) => status == ServingStatus.Unknown
        ? [0, 0, 0, 0, 0] // a default is not written
        : [0, 0, 0, 0, 2, StatusTag, (byte)status];

    /// <summary>A field that a later version of the protocol has: passed over.</summary>
    private static bool TrySkip(ref ReadOnlySpan<byte> message, int wireType)
    {
        ulong bytes;
        switch (wireType)
        {
            case 0: return TryReadVarint(ref message, out _);
            case 1: bytes = 8; break;
            case 2 when TryReadVarint(ref message, out bytes): break;
            case 5: bytes = 4; break;
            default: return false;
        }

        if (bytes > (ulong)message.Length) return false;
        message = message[(int)bytes..];
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> message, out ulong value)
    {
        const int bytesMax = 10;
        value = 0;
        for (var i = 0; i < bytesMax && i < message.Length; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] >= 0x80) continue;
            message = message[(i + 1)..];
            return true;
        }

        return false;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return false;
        text = Encoding.UTF8.GetString(bytes);
        return true;
    }
}
