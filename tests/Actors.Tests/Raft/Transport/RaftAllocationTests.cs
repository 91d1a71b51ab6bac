using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>The paths of every message, measured on the one thread that runs them: connections here complete at once and call back.</summary>
public sealed class RaftAllocationTests
{
    private const int WarmUp = 3000, Measured = 3000;

    /// <summary>What the runtime allocates now and then for itself, as at the first contention of a lock. Anything a message would be a hundred times as much.</summary>
    private const long RuntimeBytesMax = 256;

    [Fact]
    public async Task Sending_allocates_nothing_per_message()
    {
        var buffers = new BufferPool(64 << 20);
        var network = new ImmediateNetwork();
        var events = new RecordedRaftEvents();
        var addresses = new RaftAddresses();
        var endPoint = new IPEndPoint(IPAddress.Loopback, RaftWorld.ReplicatePort);
        addresses.Set(RaftWorld.Two, new RaftAddress(endPoint, endPoint));
        await using var transport = new RaftTransport(addresses, new RaftTransportServices(network, buffers, new ManualTime(), RaftWorld.Settings, events));
        Assert.True(buffers.TryRent(BufferPool.BlockBytes, out var lease));
        RaftPayload[] small = [Entry(lease, 1, 4096), Entry(lease, 2, 0)], large = [Entry(lease, 1, BufferPool.BlockBytes)];
        PartitionId[] groups = [new(101), new(300)];
        var append = RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two);
        var reply = RaftWorld.Message(RaftMessageType.AppendReply, RaftWorld.Two);
        var heartbeat = RaftWorld.Message(RaftMessageType.Heartbeat, RaftWorld.Two);

        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (sends, before, thread) = (0, 0L, 0);
        network.Sending = () =>
        {
            sends++;
            if (sends == WarmUp) (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
            if (sends == WarmUp + Measured) done.SetResult(thread == Environment.CurrentManagedThreadId ? GC.GetAllocatedBytesForCurrentThread() - before : -1);
            if (sends >= WarmUp + Measured) return;
            // Two while one is under way, so that they gather; the link never runs dry, so its loop stays on this thread.
            if (transport.Send(reply) != RaftSendResult.Queued && sends < WarmUp) throw new InvalidOperationException("refused");
            transport.SendAppend(append, sends % 2 == 0 ? small : large);
        };
        transport.Send(reply);
        Assert.InRange(await done.Task.Soon(), 0, RuntimeBytesMax);

        // The caller's part alone, for heartbeats, on a link whose loop is not there yet.
        network.Sending = () => { };
        transport.SendHeartbeat(heartbeat, groups);
        await Patience.UntilAsync(() => transport.Figures.QueuedBytes == 0);
        before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) transport.SendHeartbeat(heartbeat, groups);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, RuntimeBytesMax);

        lease.Release();
        await transport.DisposeAsync();
        Assert.Equal(0, buffers.Outstanding);
        Assert.Empty(events.Broken);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(131_072)]
    public async Task Receiving_allocates_nothing_per_message(int entryBytes)
    {
        var buffers = new BufferPool(64 << 20);
        var services = new RaftTransportServices(new ImmediateNetwork(), buffers, new ManualTime(), RaftWorld.Settings, new RecordedRaftEvents());
        var stream = Stream(entryBytes, messages: 31);
        var allocated = -1L;
        for (var run = 0; run < 3; run++) allocated = await Task.Run(() => RunAsync(services, stream));
        Assert.InRange(allocated, 0, RuntimeBytesMax);
        Assert.Equal(0, buffers.Outstanding);
    }

    /// <returns>What was allocated from the third receive on, up to the last before the loop gives its thread away.</returns>
    private static async Task<long> RunAsync(RaftTransportServices services, byte[] stream)
    {
        const int firstMeasured = 3, lastMeasured = 31;
        var (receives, before, after, thread) = (0, 0L, -1L, Environment.CurrentManagedThreadId);
        using var connection = new ImmediateConnection(() => { }) { Stream = stream };
        connection.Receiving = () =>
        {
            receives++;
            if (receives == firstMeasured) before = GC.GetAllocatedBytesForCurrentThread();
            if (receives == lastMeasured) after = thread == Environment.CurrentManagedThreadId ? GC.GetAllocatedBytesForCurrentThread() - before : -1;
            if (receives > lastMeasured) connection.Stream = null;
        };
        using var inbox = new ShortMemory();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inbound = new RaftInbound(connection, takesSnapshots: true, inbox, services, _ => ended.SetResult());
        inbound.Start();
        await Patience.UntilAsync(() => connection.Stream is null);
        inbound.Abort();
        await ended.Task.Soon();
        Assert.True(inbox.Entries > 20);
        return after;
    }

    private static RaftPayload Entry(BufferLease lease, ulong index, int bytes) =>
        new(new RaftEntryHeader(RaftEntryType.Normal, 8, index, bytes), bytes == 0 ? null : lease, BufferLease.HeadroomBytes);

    /// <summary>Appends of one entry, each followed by a reply and a heartbeat.</summary>
    private static byte[] Stream(int entryBytes, int messages)
    {
        var groups = new PartitionId[] { new(101), new(300) };
        var heartbeat = RaftWorld.Message(RaftMessageType.Heartbeat, RaftWorld.Two);
        var heartbeatBytes = RaftFrame.HeartbeatBytes(groups);
        var stream = new byte[messages * ((2 * RaftFrame.MessageBytes) + RaftEntryHeader.SizedBytes + entryBytes + heartbeatBytes)];
        var at = 0;
        for (var i = 0; i < messages; i++)
        {
            at += RaftFrame.WriteAppend(stream.AsSpan(at), RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two), 1, RaftEntryHeader.SizedBytes + entryBytes);
            at += new RaftEntryHeader(RaftEntryType.Normal, 8, 1, entryBytes).WriteSized(stream.AsSpan(at)) + entryBytes;
            at += RaftFrame.Write(stream.AsSpan(at), RaftWorld.Message(RaftMessageType.AppendReply, RaftWorld.Two));
            at += RaftFrame.WriteHeartbeat(stream.AsSpan(at), heartbeat, groups);
        }

        Assert.Equal(stream.Length, at);
        return stream;
    }

    /// <summary>Keeps the buffers of the last entries, as a group does until they are applied.</summary>
    private sealed class ShortMemory : IRaftInbox, IDisposable
    {
        private readonly BufferLease?[] _kept = new BufferLease?[8];

        public int Entries { get; private set; }

        public void Deliver(in RaftMessage message)
        {
        }

        public void DeliverAppend(in RaftMessage message, RaftEntries entries, BufferLease buffer)
        {
            foreach (var entry in entries)
            {
                ref var oldest = ref _kept[(int)entry.Header.Index + Entries++ & 7];
                oldest?.Release();
                buffer.Retain();
                oldest = buffer;
            }
        }

        public void DeliverHeartbeat(in RaftMessage message, HeartbeatGroups groups)
        {
            foreach (var group in groups) Assert.True(group.Value > 0);
        }

        public Task<bool> InstallSnapshotAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members) => Task.FromResult(false);

        public void Dispose()
        {
            foreach (var lease in _kept) lease?.Release();
        }
    }

    private sealed class ImmediateNetwork : INetwork
    {
        public Action Sending { get; set; } = () => { };

        public IListener Listen(IPEndPoint endPoint) => throw new NotSupportedException();

        public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel) => new(new ImmediateConnection(() => Sending()));
    }

    /// <summary>Takes all that is sent and gives its stream again and again, both at once.</summary>
    private sealed class ImmediateConnection(Action sending) : IConnection
    {
        private readonly TaskCompletionSource<int> _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _at;

        public byte[]? Stream { get; set; }
        public Action Receiving { get; set; } = () => { };
        public string RemoteAddress => "127.0.0.1:1";

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
        {
            Receiving();
            if (Stream is not { } stream) return new(_gone.Task);
            var given = Math.Min(buffer.Length, stream.Length - _at);
            stream.AsSpan(_at, given).CopyTo(buffer.Span);
            _at = (_at + given) % stream.Length;
            return new(given);
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            sending();
            return default;
        }

        public void ShutdownSend()
        {
        }

        public void Dispose() => _gone.TrySetException(new ObjectDisposedException(nameof(IConnection)));
    }
}
