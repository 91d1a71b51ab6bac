using System.Net.Sockets;
using CubeActors.Runtime;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>Sockets that whoever started this process has bound and handed over: systemd's socket activation, or anything that speaks like it.</summary>
/// <remarks>
/// Source: sd_listen_fds(3). The descriptors are 3, 4, ... and as many as LISTEN_FDS says; LISTEN_PID says whom they are for. They are told apart by
/// their port number, not by LISTEN_FDNAMES: a name would be one more thing to keep equal in the unit and the configuration. One owner.
/// </remarks>
internal sealed class InheritedSockets : IDisposable
{
    private const int FirstDescriptor = 3; // Source: SD_LISTEN_FDS_START

    /// <summary>A node has six ports; more than this is no list of sockets.</summary>
    private const int DescriptorsMax = 64;

    private readonly List<(int Descriptor, ListeningSocket Socket)> _sockets = [];
    private readonly List<SettingsNote> _notes = [];

    private InheritedSockets()
    {
    }

    /// <summary>None at all.</summary>
    public static InheritedSockets None => new();

    /// <summary>Takes over what was handed to this process and forgets the variables, which are none of its children's business.</summary>
    public static InheritedSockets OfProcess()
    {
        var taken = new InheritedSockets();
        var descriptors = Decide(
            Environment.GetEnvironmentVariable("LISTEN_FDS"), Environment.GetEnvironmentVariable("LISTEN_PID"), Environment.ProcessId, out var problem);
        foreach (var name in (string[])["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID"]) Environment.SetEnvironmentVariable(name, null);
        if (problem.Length > 0) taken.Warn(problem);
        for (var i = 0; i < descriptors; i++) taken.Inherit(FirstDescriptor + i);
        return taken;
    }

    /// <summary>How many descriptors are for this process. Pure.</summary>
    /// <param name="problem">Empty, or what an operator should know.</param>
    public static int Decide(string? count, string? process, int self, out string problem)
    {
        problem = "";
        if (count is null || process is null) return 0;
        if (!int.TryParse(process, out var id) || id != self) return 0; // meant for somebody else: ours only by inheritance of the environment
        if (int.TryParse(count, out var descriptors) && descriptors is >= 0 and <= DescriptorsMax) return descriptors;
        problem = $"LISTEN_FDS is \"{count}\", no number of sockets from 0 to {DescriptorsMax}; it is not used";
        return 0;
    }

    /// <summary>The socket that listens on this port. It is the caller's from now on.</summary>
    public ListeningSocket? Take(int port)
    {
        var found = _sockets.FindIndex(known => known.Socket.EndPoint.Port == port);
        if (found < 0) return null;
        var socket = _sockets[found].Socket;
        _sockets.RemoveAt(found);
        return socket;
    }

    /// <summary>Closes what nobody has taken.</summary>
    /// <returns>A warning for each, and for what was wrong before.</returns>
    public IReadOnlyList<SettingsNote> CloseUnused()
    {
        foreach (var (descriptor, socket) in _sockets)
            Warn($"inherited descriptor {descriptor} listens on {socket.EndPoint}, which is no port of this configuration; it is closed");
        Dispose();
        SettingsNote[] notes = [.. _notes];
        _notes.Clear();
        return notes;
    }

    public void Dispose()
    {
        foreach (var (_, socket) in _sockets) socket.Dispose();
        _sockets.Clear();
    }

    private void Inherit(int descriptor)
    {
        try
        {
            _sockets.Add((descriptor, ListeningSocket.Inherit(descriptor)));
        }
        catch (SocketException failure)
        {
            Warn($"inherited descriptor {descriptor} is no TCP socket that listens ({failure.Message}); it is closed");
        }
    }

    private void Warn(string text) => _notes.Add(new SettingsNote(LogEventLevel.Warning, text));
}
