using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CubeActors.EndToEnd;

/// <summary>What systemd is to a node: it holds the sockets, starts processes on them one after the other, and hears how they are.</summary>
internal sealed class Supervisor : IDisposable
{
    /// <summary>Above the numbers that a test process has in use.</summary>
    private const int FirstDescriptor = 500;

    private readonly List<Socket> _sockets = [];
    private readonly List<int> _inheritable = [];
    private readonly Socket _notifications = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _notifyPath;

    public Supervisor(string directory, params IEnumerable<IPEndPoint> ports)
    {
        _notifyPath = Path.Combine(directory, "notify");
        _notifications.Bind(new UnixDomainSocketEndPoint(_notifyPath));
        foreach (var port in ports)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            socket.Bind(port);
            socket.Listen();
            var descriptor = HandOver.Inheritable((int)socket.Handle, FirstDescriptor + _inheritable.Count);
            _inheritable.Add(descriptor);
            Assert.Equal(FirstDescriptor + _inheritable.Count - 1, descriptor);
        }
    }

    public ProgramRun Start(string name, IEnumerable<string> arguments) => ProgramRun.StartThrough(
        [typeof(HandOver).Assembly.Location, $"{FirstDescriptor}", _inheritable.Count.ToString(CultureInfo.InvariantCulture)],
        new() { ["NOTIFY_SOCKET"] = _notifyPath, [HandOver.PlainCode] = "0" }, name, arguments);

    /// <summary>Takes what comes until a message of this process has this line.</summary>
    public async Task HearAsync(ProgramRun from, string line)
    {
        var buffer = new byte[4096];
        while (true)
        {
            int bytes;
            try
            {
                bytes = await _notifications.ReceiveAsync(buffer).WaitAsync(Eventually.Deadline);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"nothing was heard of {from.Describe()}");
            }

            if (Encoding.UTF8.GetString(buffer, 0, bytes).Split('\n').Contains(line)) return;
        }
    }

    public void Dispose()
    {
        foreach (var descriptor in _inheritable) HandOver.Close(descriptor);
        foreach (var socket in _sockets) socket.Dispose();
        _notifications.Dispose();
    }
}
