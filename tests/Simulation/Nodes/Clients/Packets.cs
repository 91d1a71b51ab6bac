using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>One packet as it came.</summary>
internal sealed record Packet(PacketHeader Header, byte[] Data);

/// <summary>Requests as clients of CubeFS make them; each returns the bytes of one packet.</summary>
internal static class Packets
{
    private const byte Normal = ExtentTypes.Normal | ExtentTypes.ProtocolVersion;
    private const byte Tiny = ExtentTypes.ProtocolVersion;
    private static readonly ulong Partition = NodeMachine.Partition.Value;

    public static byte[] Create(long request, string[] followers) => Build(Leader(Normal, Opcode.CreateExtent, 0, 0, request, followers) with { Size = 8 }, FollowerList.Format(followers), new byte[8]);

    /// <param name="extent">0 for a tiny extent, which the node chooses.</param>
    public static byte[] Append(Opcode opcode, ulong extent, long offset, long request, byte[] data, string[] followers) => Build(
        Leader(extent == 0 ? Tiny : Normal, opcode, extent, offset, request, followers) with { Size = (uint)data.Length, Crc = Crc32.Compute(data) }, FollowerList.Format(followers), data);

    public static byte[] Overwrite(Opcode opcode, ulong extent, long offset, long request, byte[] data) =>
        Build(Plain(Normal, opcode, extent, offset, request) with { Size = (uint)data.Length, Crc = Crc32.Compute(data) }, [], data);

    /// <param name="opcode">0x05, which only the raft leader answers, or 0x06.</param>
    public static byte[] Read(Opcode opcode, ulong extent, long offset, int size, long request) => Build(Plain(Normal, opcode, extent, offset, request) with { Size = (uint)size }, [], []);

    private static PacketHeader Plain(byte extentType, Opcode opcode, ulong extent, long offset, long request) =>
        new(extentType, opcode, ResultCode.None, RemainingFollowers.None, 0, 0, 0, new PartitionId(Partition), new ExtentId(extent), offset, request, 0);

    private static PacketHeader Leader(byte extentType, Opcode opcode, ulong extent, long offset, long request, string[] followers) =>
        Plain(extentType, opcode, extent, offset, request) with { RemainingFollowers = (byte)followers.Length };

    private static byte[] Build(PacketHeader header, byte[] arg, byte[] data)
    {
        header = header with { ArgBytes = (uint)arg.Length };
        var packet = new byte[header.EncodedBytes + arg.Length + data.Length];
        var at = header.Write(packet);
        arg.CopyTo(packet, at);
        data.CopyTo(packet, at + arg.Length);
        return packet;
    }
}
