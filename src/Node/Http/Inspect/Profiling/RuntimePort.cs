using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace CubeActors.Node;

/// <summary>Speaks to the runtime of this very process over its diagnostic port, as dotnet-trace and dotnet-dump do from outside.</summary>
/// <remarks>Source of the protocol and its numbers: dotnet/diagnostics, documentation/design-docs/ipc-protocol.md. All numbers are little-endian.</remarks>
internal static class RuntimePort
{
    /// <summary>Magic (14 bytes), size of the whole message, set, command, two bytes reserved.</summary>
    internal const int HeaderBytes = 20;

    internal const byte DumpSet = 0x01, CreateCoreDump = 0x01, EventSet = 0x02, StopTracing = 0x01, CollectTracing2 = 0x03;

    private const byte ServerSet = 0xFF, Ok = 0x00;

    /// <summary>Answers to commands are a number; none is longer.</summary>
    private const int AnswerBytesMax = 4096;

    private static ReadOnlySpan<byte> Magic => "DOTNET_IPC_V1\0"u8;

    /// <summary>The socket of this process; null where diagnostics are switched off (DOTNET_EnableDiagnostics=0).</summary>
    /// <remarks>Its name has the number of the process and the time of its start: processes that were killed leave sockets behind, and numbers are used again.</remarks>
    public static string? Find()
    {
        var directory = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } set ? set : "/tmp";
        var path = Path.Combine(directory, $"dotnet-diagnostic-{Environment.ProcessId}-{StartOf(File.ReadAllText("/proc/self/stat"))}-socket");
        return File.Exists(path) ? path : null;
    }

    /// <summary>When a process was started, in ticks since the machine was. Source: proc(5), stat, field 22; the second one, the name, may hold spaces and brackets. Pure.</summary>
    internal static string StartOf(string stat) => stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];

    /// <summary>Sends one command.</summary>
    /// <returns>The connection, on which more may follow, and the answer's payload.</returns>
    /// <exception cref="IOException">The runtime refuses, or is not there.</exception>
    public static async Task<(NetworkStream Connection, byte[] Answer)> SendAsync(string path, byte set, byte command, byte[] payload, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            var stream = new NetworkStream(socket, ownsSocket: true);
            await stream.WriteAsync(Message(set, command, payload), cancel);
            var header = new byte[HeaderBytes];
            await stream.ReadExactlyAsync(header, cancel);
            var (answerSet, answer, bytes) = ReadHeader(header);
            var body = new byte[bytes];
            await stream.ReadExactlyAsync(body, cancel);
            if (answerSet == ServerSet && answer == Ok) return (stream, body);
            throw new IOException($"the runtime refuses: error 0x{(bytes >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(body) : 0):x8}");
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new IOException($"the runtime does not answer on {path}: {failure.Message}", failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A command as it goes out. Pure.</summary>
    internal static byte[] Message(byte set, byte command, ReadOnlySpan<byte> payload)
    {
        var message = new byte[HeaderBytes + payload.Length];
        Magic.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), checked((ushort)message.Length));
        (message[16], message[17]) = (set, command);
        payload.CopyTo(message.AsSpan(HeaderBytes));
        return message;
    }

    /// <summary>Takes the front of an answer apart. Pure.</summary>
    /// <exception cref="IOException">It is none.</exception>
    internal static (byte Set, byte Command, int PayloadBytes) ReadHeader(ReadOnlySpan<byte> header)
    {
        var bytes = BinaryPrimitives.ReadUInt16LittleEndian(header[14..]) - HeaderBytes;
        if (!header.StartsWith(Magic) || bytes is < 0 or > AnswerBytesMax) throw new IOException("what the runtime answers is not what its protocol says");
        return (header[16], header[17], bytes);
    }

    /// <summary>Text as the protocol has it: characters with the closing 0, as a number, then UTF-16. No text at all is the number 0.</summary>
    internal static void Write(BinaryWriter writer, string? text)
    {
        writer.Write(text is null ? 0 : text.Length + 1);
        if (text is not null) writer.Write(Encoding.Unicode.GetBytes(text + "\0"));
    }
}
