using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using CubeActors.LoadGen;

namespace CubeActors.Restart;

/// <summary>Sockets that listen for as long as this program runs and are handed to each process of the node, as systemd does it.</summary>
/// <remarks>
/// Source: sd_listen_fds(3): descriptors 3, 4, ...; LISTEN_FDS is their number, LISTEN_PID the process they are for. Only a shell can put its own id
/// there before it becomes the node, and only bash among the usual ones can redirect descriptors of two digits.
/// </remarks>
internal sealed partial class HandedSockets : IDisposable
{
    private const int FirstDescriptor = 3, LowestCopy = 100, Backlog = 4096;
    private const int DuplicateFrom = 0; // F_DUPFD; the copy stays open through exec. Source: fcntl(2)

    private readonly List<Socket> _sockets = [];
    private readonly List<int> _copies = [];

    /// <exception cref="UsageFault">A port cannot be bound.</exception>
    public HandedSockets(IEnumerable<NodePort> ports)
    {
        foreach (var port in ports)
        {
            var socket = new Socket(port.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            try
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                socket.Bind(port.EndPoint);
                socket.Listen(Backlog);
            }
            catch (SocketException e)
            {
                Dispose();
                throw new UsageFault($"--handover: {port.Name} port {port.EndPoint}: {e.Message}");
            }

            var copy = Control((int)socket.Handle, DuplicateFrom, LowestCopy + _copies.Count);
            if (copy < 0) throw new UsageFault($"--handover: a descriptor cannot be copied, errno {Marshal.GetLastPInvokeError()}");
            _copies.Add(copy);
        }
    }

    /// <summary>The command line that takes the sockets along.</summary>
    public IReadOnlyList<string> Wrap(IReadOnlyList<string> command)
    {
        var script = new StringBuilder();
        for (var i = 0; i < _copies.Count; i++)
            script.Append(CultureInfo.InvariantCulture, $"exec {FirstDescriptor + i}<&{_copies[i]} {_copies[i]}<&-; ");
        script.Append(CultureInfo.InvariantCulture, $"LISTEN_FDS={_copies.Count} LISTEN_PID=$$ exec \"$@\"");
        return ["/bin/bash", "-c", script.ToString(), "node", .. command];
    }

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
        foreach (var copy in _copies) Close(copy);
        _copies.Clear();
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
