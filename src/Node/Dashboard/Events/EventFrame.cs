using System.Text;

namespace CubeActors.Node;

/// <summary>Frames of a stream of server-sent events. Pure. Source: WHATWG HTML, server-sent events, section "Parsing an event stream".</summary>
internal static class EventFrame
{
    public const string ContentType = "text/event-stream; charset=utf-8";

    /// <summary>A comment: it says that the connection stands, and nothing else.</summary>
    public static ReadOnlyMemory<byte> Heartbeat { get; } = ": \n\n"u8.ToArray();

    /// <param name="name">Of the event.</param>
    /// <param name="data">One line; JSON without indentation is one.</param>
    public static ReadOnlyMemory<byte> Of(string name, ReadOnlySpan<byte> data)
    {
        if (data.IndexOfAny((byte)'\n', (byte)'\r') >= 0) throw new ArgumentException("an event of more than one line", nameof(data));
        return (byte[])[.. Encoding.UTF8.GetBytes($"event: {name}\ndata: "), .. data, .. "\n\n"u8];
    }
}
