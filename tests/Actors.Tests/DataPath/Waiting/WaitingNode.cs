using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>A node with partitions that can be taken out of service and put back as if they were being loaded, in the test's time.</summary>
public abstract class WaitingNode : NodeTest
{
    private protected const ulong Partition = 21, Second = 22, Extent = 1025;
    private protected static readonly byte[] Hello = "hello"u8.ToArray();
    private readonly Dictionary<ulong, PartitionGate> _held = [];

    private protected ManualTime Time { get; } = new();

    /// <summary>How often whoever loads was told that a partition is wanted.</summary>
    private protected int Wanted { get; private set; }

    private protected override NodeOptions Options
    {
        get
        {
            var options = new NodeOptions { Time = Time };
            return options with { DataPath = options.DataPath with { InlineReads = false } };
        }
    }

    private protected override async Task PrepareAsync()
    {
        foreach (var partition in (ulong[])[Partition, Second])
        {
            await Node.CreatePartitionAsync(partition);
            using var client = await Node.ConnectAsync();
            Assert.Equal(Extent, (await client.AskAsync(Requests.Create(partition, 1))).Header.Extent.Value);
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(partition, Extent, 0, 2, Hello))).Header.Result);
        }
    }

    /// <summary>From now on the partition is being loaded.</summary>
    private protected void Hold(ulong partition = Partition)
    {
        _held[partition] = Node.GateOf(partition);
        Node.Gates.Withdraw(new PartitionId(partition));
        Node.Gates.Announce(new PartitionId(partition), () => Wanted++);
    }

    /// <summary>It is loaded.</summary>
    private protected void Load(ulong partition = Partition, Func<GateFlags, GateFlags>? change = null)
    {
        var gate = _held[partition];
        Node.Gates.Publish(change is null ? gate : gate.With(change(gate.Flags), gate.Hosts, gate.Raft));
    }

    private protected int Parked(ulong partition = Partition) => Node.Gates.WaitingFor(new PartitionId(partition));

    private protected Task ParkedAsync(int count, ulong partition = Partition) => Patience.UntilAsync(() => Parked(partition) == count);

    /// <summary>Sends a request and waits until it waits.</summary>
    private protected async Task<PacketPeer> ParkAsync(byte[] request, ulong partition = Partition)
    {
        var client = await ConnectAsync();
        var before = Parked(partition);
        await client.SendAsync(request);
        await ParkedAsync(before + 1, partition);
        return client;
    }

    /// <summary>How often waits of an operation ended like that.</summary>
    private protected long Counted(string operation, WaitOutcome outcome) =>
        Node.Surface.Figures().Waits.Where(wait => wait.Name == operation && wait.Outcome == outcome).Sum(wait => wait.Latency.Count);

    private protected static async Task ExpectAsync(PacketPeer client, int code, string text)
    {
        var reply = await client.ReceiveAsync();
        Assert.Equal((code, text), ((int)reply.Header.Result, reply.Text));
    }

    /// <summary>Each of the five that wait, as a client or metanode sends it, or as a chain leader forwards it.</summary>
    private protected static byte[] Request(byte opcode, bool asFollower, ulong partition = Partition)
    {
        var data = opcode switch
        {
            0x01 => new byte[8],
            0x75 or 0x76 => System.Text.Encoding.ASCII.GetBytes($"[{Requests.Element(7777, 0, 5)}]"), // never was: deleted already
            _ => Hello,
        };
        var isAppend = opcode is 0x03 or 0x13;
        var header = Requests.Plain(opcode is 0x75 or 0x76 ? ExtentTypes.Normal : Requests.Normal, (Opcode)opcode, partition, isAppend ? Extent : opcode == 0x01 && asFollower ? 5000u : 0, isAppend ? 5 : 0, 10) with
        {
            RemainingFollowers = asFollower ? RemainingFollowers.None : RemainingFollowers.SingleReplica,
            Size = (uint)data.Length,
            Crc = isAppend ? Crc32.Compute(data) : 0,
        };
        return Requests.Build(header, asFollower ? [] : Requests.Arg(), data);
    }

    private protected static string NameOf(byte opcode) => OperationNames.Of((Opcode)opcode);

    /// <summary>Keeps all threads of the disk busy until it is disposed.</summary>
    private protected IDisposable OccupyDisk()
    {
        var occupation = new Occupation();
        for (var i = 0; i < Options.ThreadsPerDisk; i++) Assert.True(_held.Values.First().Disk.TryPost(occupation));
        occupation.Began.Wait(Patience.Long);
        return occupation;
    }

    private sealed class Occupation : WorkItem, IDisposable
    {
        private readonly ManualResetEventSlim _release = new();

        public CountdownEvent Began { get; } = new(new NodeOptions().ThreadsPerDisk);

        public override void Execute()
        {
            Began.Signal();
            _release.Wait(Patience.Long);
        }

        public void Dispose() => _release.Set();
    }
}
