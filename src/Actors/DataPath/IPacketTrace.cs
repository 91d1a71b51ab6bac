using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Is told of each request that was answered, where an operator wants to see them one by one. Called by many threads; must not block.</summary>
public interface IPacketTrace
{
    /// <summary>Asked first, so that nothing is made of what nobody wants to see.</summary>
    bool Wants(bool isError);

    void Answered(in AnsweredPacket packet);
}

/// <summary>One request and how it ended.</summary>
/// <param name="Name">Of the operation, as CubeFS calls it.</param>
/// <param name="IsForwarded">It went on to followers.</param>
/// <param name="Remote"><c>ip:port</c> of the client.</param>
/// <param name="Took">From the complete request to its answer.</param>
/// <param name="Error">The words of the answer; empty for success.</param>
public readonly record struct AnsweredPacket(
    string Name, Opcode Opcode, ResultCode Result, PartitionId Partition, ExtentId Extent, long ExtentOffset, uint Size, uint Crc, long RequestId, bool IsForwarded, string Remote,
    TimeSpan Took, string Error)
{
    /// <summary>Number of its connection since the start of the node.</summary>
    public long Connection { get; init; }
}
