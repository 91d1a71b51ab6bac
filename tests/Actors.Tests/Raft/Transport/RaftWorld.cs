using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Node 1 with its raft transport, and whichever other nodes a test lets listen, on a simulated network in a time that stands still.</summary>
/// <remarks>At the end all buffers must be back and no promise broken.</remarks>
internal sealed class RaftWorld : IAsyncDisposable
{
    public const int HeartbeatPort = 17330, ReplicatePort = 17340;

    public static readonly NodeId Self = new(1), Two = new(2), Three = new(3);
    public static readonly PartitionId Group = new(101);

    /// <summary>Small enough that tests reach every limit.</summary>
    /// <summary>Groups as a node runs them.</summary>
    public static readonly RaftGroupSettings Groups = new(
        Tick: TimeSpan.FromMilliseconds(300), MessagesMax: 2048, ProposalBytesMax: 8 << 20, CacheBytesMax: 8 << 20, TurnOverdue: TimeSpan.FromMilliseconds(600),
        LogWriteOverdue: TimeSpan.FromSeconds(1), ApplyOverdue: TimeSpan.FromSeconds(3), AppliedSavePeriod: TimeSpan.FromSeconds(10), ExchangePeriod: TimeSpan.FromSeconds(60),
        TruncateDelay: TimeSpan.FromMinutes(10));

    public static readonly RaftTransportSettings Settings = new(
        QueueMessagesMax: 1000, QueueBytesMax: 4 << 20, DirectBytes: 16 << 10, FrameBytesMax: 2 << 20, Dial: TimeSpan.FromSeconds(2), WriteStall: TimeSpan.FromSeconds(2),
        ReceiveStall: TimeSpan.FromSeconds(30), BufferWait: TimeSpan.FromSeconds(1), RedialMin: TimeSpan.FromMilliseconds(50),
        RedialMax: TimeSpan.FromMilliseconds(500), ConnectionsMax: 50, SnapshotSendsMax: 10, SnapshotBytesMax: 4096, SnapshotRead: TimeSpan.FromMinutes(1),
        SnapshotWrite: TimeSpan.FromSeconds(15), SnapshotAnswer: TimeSpan.FromMinutes(10));

    private readonly List<IAsyncDisposable> _receivers = [];
    private readonly List<IDisposable> _rest = [];

    public RaftWorld(RaftTransportSettings? settings = null, long budgetBytes = 64 << 20)
    {
        Network = new SimulatedNetwork(Time);
        Buffers = new BufferPool(budgetBytes);
        Services = new RaftTransportServices(Network, Buffers, Time, settings ?? Settings, Events);
        Transport = new RaftTransport(Addresses, Services);
    }

    public ManualTime Time { get; } = new();
    public SimulatedNetwork Network { get; }
    public BufferPool Buffers { get; }
    public RecordedRaftEvents Events { get; } = new();
    public RaftAddresses Addresses { get; } = new();
    public RaftTransportServices Services { get; }
    public RaftTransport Transport { get; }

    public static string Heartbeats(NodeId node) => $"127.0.0.{node}:{HeartbeatPort}";
    public static string Replicates(NodeId node) => $"127.0.0.{node}:{ReplicatePort}";

    public static RaftMessage Message(RaftMessageType type, NodeId to, ulong index = 0) => new(
        type, IsForced: false, IsRejected: false, RejectHint: 0, type is RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply ? default : Group, Self, to,
        Term: type is RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply ? 0UL : 8, LogTerm: 0, index, Commit: 0);

    /// <summary>Node 1 learns where a node would be; nobody need listen there.</summary>
    public void Know(NodeId node) => Addresses.Set(node, new RaftAddress(IPEndPoint.Parse(Heartbeats(node)), IPEndPoint.Parse(Replicates(node))));

    /// <summary>A node of ours listens on both ports.</summary>
    public RecordingInbox Listen(NodeId node) => Listen(node, out _);

    public RecordingInbox Listen(NodeId node, out RaftReceiver receiver)
    {
        Know(node);
        var inbox = new RecordingInbox();
        receiver = new RaftReceiver(
            Network.Listen(IPEndPoint.Parse(Heartbeats(node))), Network.Listen(IPEndPoint.Parse(Replicates(node))), inbox, Services);
        _receivers.Add(receiver);
        _rest.Add(inbox);
        return inbox;
    }

    /// <summary>A node that is played by the test listens on one port.</summary>
    public IListener ListenRaw(NodeId node, string address)
    {
        Know(node);
        var listener = Network.Listen(IPEndPoint.Parse(address));
        _rest.Add(listener);
        return listener;
    }

    public async Task<IConnection> AcceptAsync(IListener listener)
    {
        var connection = await listener.AcceptAsync(CancellationToken.None).AsTask().Soon();
        _rest.Add(connection);
        return connection;
    }

    public async Task<IConnection> DialAsync(string address)
    {
        var connection = await Network.ConnectAsync(IPEndPoint.Parse(address), TimeSpan.FromSeconds(1), CancellationToken.None);
        _rest.Add(connection);
        return connection;
    }

    /// <summary>A lease of the world's pool filled with <paramref name="data"/>; the caller releases it.</summary>
    public BufferLease Lease(ReadOnlySpan<byte> data)
    {
        Assert.True(Buffers.TryRent(data.Length, out var lease));
        data.CopyTo(lease.Data.Span);
        return lease;
    }

    /// <summary>Sends one append with entries of these data; the leases are the transport's alone afterwards.</summary>
    public RaftSendResult SendAppend(NodeId to, ulong index, params byte[][] entries) => SendAppend(Message(RaftMessageType.Append, to, index), entries);

    public RaftSendResult SendAppend(RaftMessage message, params byte[][] entries)
    {
        var payloads = new RaftPayload[entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            var header = new RaftEntryHeader(RaftEntryType.Normal, 8, message.Index + 1 + (ulong)i, entries[i].Length);
            payloads[i] = new RaftPayload(header, entries[i].Length == 0 ? null : Lease(entries[i]), BufferLease.HeadroomBytes);
        }

        var result = Transport.SendAppend(message, payloads);
        foreach (var payload in payloads) payload.Lease?.Release();
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync().AsTask().Soon();
        foreach (var receiver in _receivers) await receiver.DisposeAsync().AsTask().Soon();
        foreach (var each in _rest) each.Dispose();
        Assert.Equal(0, Buffers.Outstanding);
        Assert.Empty(Events.Broken);
    }
}
