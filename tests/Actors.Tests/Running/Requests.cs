using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Requests as CubeFS clients make them. Each returns the bytes of one packet.</summary>
internal static class Requests
{
    public const byte Normal = ExtentTypes.Normal | ExtentTypes.ProtocolVersion;
    public const byte Tiny = ExtentTypes.ProtocolVersion;
    public const byte Alone = RemainingFollowers.SingleReplica;
    private static readonly byte[] Slash = "/"u8.ToArray();

    public static byte[] Build(PacketHeader header, byte[] arg, byte[] data)
    {
        header = header with { ArgBytes = (uint)arg.Length };
        var packet = new byte[header.EncodedBytes + arg.Length + data.Length];
        var at = header.Write(packet);
        arg.CopyTo(packet, at);
        data.CopyTo(packet, at + arg.Length);
        return packet;
    }

    public static byte[] Create(ulong partition, long request, params string[] followers) =>
        Build(Leader(Normal, Opcode.CreateExtent, partition, 0, 0, request, followers) with { Size = 8 }, Arg(followers), new byte[8]);

    public static byte[] Append(ulong partition, ulong extent, long offset, long request, byte[] data, params string[] followers) =>
        Write(Opcode.Write, Normal, partition, extent, offset, request, data, followers);

    public static byte[] TinyAppend(ulong partition, long request, byte[] data, params string[] followers) =>
        Write(Opcode.Write, Tiny, partition, 0, 0, request, data, followers);

    public static byte[] Write(Opcode opcode, byte extentType, ulong partition, ulong extent, long offset, long request, byte[] data, params string[] followers) => Build(
        Leader(extentType, opcode, partition, extent, offset, request, followers) with { Size = (uint)data.Length, Crc = Crc32.Compute(data) }, Arg(followers), data);

    public static byte[] Read(ulong partition, ulong extent, long offset, uint size, long request, byte extentType = Normal, string arg = "") => Build(
        Plain(extentType, Opcode.StreamFollowerRead, partition, extent, offset, request) with { Size = size }, Encoding.ASCII.GetBytes(arg), []);

    /// <summary>An overwrite, to the raft leader. Its extent type is the same for tiny extents.</summary>
    public static byte[] Overwrite(Opcode opcode, ulong partition, ulong extent, long offset, long request, byte[] data, byte extentType = Normal, ulong fileOffset = 0) => Build(
        Plain(extentType, opcode, partition, extent, offset, request) with { Size = (uint)data.Length, Crc = Crc32.Compute(data), KernelOffset = fileOffset }, [], data);

    /// <summary>A read that only the raft leader answers.</summary>
    public static byte[] LeaderRead(ulong partition, ulong extent, long offset, uint size, long request) =>
        Build(Plain(Normal, Opcode.StreamRead, partition, extent, offset, request) with { Size = size }, [], []);

    public static byte[] AppliedId(ulong partition, long request) => Build(Plain(0, Opcode.GetAppliedId, partition, 0, 0, request), [], []);

    public static byte[] LeastApplied(ulong partition, long request, byte[] body) =>
        Build(Plain(0, Opcode.BroadcastMinAppliedId, partition, 0, 0, request) with { Size = (uint)body.Length }, [], body);

    public static byte[] BatchDelete(ulong partition, long request, string json, params string[] followers) => Build(
        Leader(ExtentTypes.Normal, Opcode.BatchDeleteExtent, partition, 0, 0, request, followers) with { Size = (uint)json.Length }, Arg(followers), Encoding.ASCII.GetBytes(json));

    public static string Element(ulong extent, ulong offset, uint size) =>
        $$"""{"FileOffset":0,"PartitionId":1,"ExtentId":{{extent}},"ExtentOffset":{{offset}},"Size":{{size}},"CRC":0,"SnapInfo":null,"IsSnapshotDeletion":false}""";

    /// <summary>The two numbers of 0x16: the cheapest question there is.</summary>
    public static byte[] Totals(ulong partition, long request) => Build(Plain(0, Opcode.GetMaxExtentIdAndPartitionSize, partition, 0, 0, request), [], []);

    public static PacketHeader Plain(byte extentType, Opcode opcode, ulong partition, ulong extent, long offset, long request) =>
        new(extentType, opcode, ResultCode.None, RemainingFollowers.None, 0, 0, 0, new PartitionId(partition), new ExtentId(extent), offset, request, 0);

    public static byte[] Arg(params string[] followers) => followers.Length == 0 ? Slash : FollowerList.Format(followers);

    /// <summary>Bytes that differ from place to place and from seed to seed.</summary>
    public static byte[] Noise(int bytes, int seed)
    {
        var noise = new byte[bytes];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static PacketHeader Leader(byte extentType, Opcode opcode, ulong partition, ulong extent, long offset, long request, string[] followers) =>
        Plain(extentType, opcode, partition, extent, offset, request) with { RemainingFollowers = followers.Length == 0 ? Alone : (byte)followers.Length };
}
