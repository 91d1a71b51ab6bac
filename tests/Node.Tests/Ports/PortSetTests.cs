using System.Net;
using System.Net.Sockets;
using CubeActors.Runtime;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>The ports of a node before anything of it exists.</summary>
public sealed class PortSetTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly IPEndPoint Any = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task The_network_of_a_node_hands_over_what_listens_already_and_binds_it_anew_afterwards()
    {
        using var place = ListeningSocket.Open(Any); // its number is free again once it is closed
        var data = place.EndPoint;
        place.Dispose();
        using var ports = Bind(new PlannedPort(PortName.Data, "listen", data));
        var network = new PortNetwork(new TcpNetwork(), ports);
        using var early = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await early.ConnectAsync(data).WaitAsync(Patience);

        using (var listener = network.Listen(data))
        {
            using var accepted = await listener.AcceptAsync(CancellationToken.None).AsTask().WaitAsync(Patience);
            Assert.Equal(early.LocalEndPoint!.ToString(), accepted.RemoteAddress);
            Assert.Throws<SocketException>(() => network.Listen(data)); // it is in use, as it ought to be
        }

        using var anew = network.Listen(data);
        Assert.Equal(data, anew.LocalEndPoint);
        using var other = network.Listen(Any);
        Assert.NotEqual(0, other.LocalEndPoint.Port);
    }

    [Fact]
    public void A_port_in_use_is_told_by_its_key_and_leaves_nothing_bound()
    {
        using var taken = ListeningSocket.Open(Any);
        using var free = ListeningSocket.Open(Any);
        var first = free.EndPoint;
        free.Dispose();
        var failure = Assert.Throws<SettingsException>(() => Bind(new PlannedPort(PortName.Data, "listen", first), new PlannedPort(PortName.Prof, "prof", taken.EndPoint)));
        Assert.StartsWith($"f: prof: port {taken.EndPoint.Port} of 127.0.0.1 is in use; ", failure.Message, StringComparison.Ordinal);
        ListeningSocket.Open(first).Dispose();
    }

    [Fact]
    public void A_port_for_metrics_in_use_is_told_and_does_not_hinder_the_start()
    {
        using var taken = ListeningSocket.Open(Any);
        using var ports = Bind(new PlannedPort(PortName.Exporter, "exporterPort", taken.EndPoint));
        var note = Assert.Single(ports.Notes);
        Assert.Equal(LogEventLevel.Error, note.Level);
        Assert.StartsWith($"exporterPort: port {taken.EndPoint.Port} ", note.Text, StringComparison.Ordinal);
        Assert.Null(ports.TakeSocket(PortName.Exporter));
    }

    [Fact]
    public void What_the_tunables_ask_for_is_bound_behind_what_the_file_asks_for()
    {
        PlannedPort data = new(PortName.Data, "listen", Any), tls = new(PortName.Tls, "cubeactors.http.tls.port", Any);
        using var ports = PortSet.Bind("f", [data], InheritedSockets.None, TimeProvider.System, isWhole: false);
        var before = ports.EndPointOf(PortName.Data);
        ports.Extend("f", [data, tls], InheritedSockets.None);
        Assert.Equal(before, ports.EndPointOf(PortName.Data));
        Assert.Equal([data, tls], ports.Plan);
        using var socket = ports.TakeSocket(PortName.Tls);
        Assert.NotNull(socket);
        var failure = Assert.Throws<SettingsException>(() => ports.Extend("f", [data, tls, new(PortName.Prof, "prof", ports.EndPointOf(PortName.Data)!)], InheritedSockets.None));
        Assert.StartsWith("f: prof: port ", failure.Message, StringComparison.Ordinal);
    }

    private static PortSet Bind(params PlannedPort[] plan) => PortSet.Bind("f", plan, InheritedSockets.None, TimeProvider.System);
}
