using System.Buffers.Binary;

namespace CubeActors.Protocol;

/// <summary>What a normal entry of a data partition's raft log holds.</summary>
public enum RaftCommandKind
{
    /// <summary>Less than four bytes: no command at all. An empty entry is the leader's no-op and is not looked at.</summary>
    Damaged,
    /// <summary><see cref="RandomWriteCommand"/>.</summary>
    RandomWrite,
    /// <summary><see cref="ControlCommand"/>, in JSON.</summary>
    Control,
}

/// <summary>Tells the commands apart that replicas of CubeFS and ours share. Source: CubeFS datanode/partition_raftfsm.go Apply.</summary>
public static class RaftCommand
{
    /// <summary>The first four bytes of every write; JSON begins otherwise.</summary>
    internal const uint RandomWriteMark = 0x000000FF;

    public static RaftCommandKind KindOf(ReadOnlySpan<byte> command)
    {
        if (command.Length < sizeof(uint)) return RaftCommandKind.Damaged;
        return BinaryPrimitives.ReadUInt32BigEndian(command) == RandomWriteMark ? RaftCommandKind.RandomWrite : RaftCommandKind.Control;
    }
}
