using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Takes what is traced: single requests with their phases, and operations that have ended. Called by many threads; must not block or throw.</summary>
public interface ITraceSink
{
    /// <summary>Asked first, so that nothing is made of what nobody wants to see.</summary>
    /// <param name="isSlow">It took longer than data-path.slow-request.</param>
    bool Wants(in RequestKey request, bool isSlow);

    void Answered(in TracedRequest request);

    /// <summary>Of all that the ledger holds, with the last state of each.</summary>
    void Ended(OperationEntry operation);
}

/// <summary>What a request has in common on all replicas that it is forwarded to, and no other request has at that time.</summary>
/// <param name="Offset">Where it begins in the extent, as the chain leader chose it.</param>
/// <param name="RequestId">Chosen by the client, and passed on.</param>
public readonly record struct RequestKey(Opcode Opcode, PartitionId Partition, ExtentId Extent, long Offset, long RequestId);

/// <summary>One request that has ended.</summary>
/// <param name="Name">Of the operation, as CubeFS calls it.</param>
/// <param name="Size">Bytes to write or to read.</param>
/// <param name="IsForwarded">It came from the chain leader, not from a client.</param>
/// <param name="Followers">Replicas that it went on to.</param>
/// <param name="Remote"><c>ip:port</c> of who sent it.</param>
/// <param name="EndedAt">When its answer was written.</param>
/// <param name="Phases">What it went through, in that order; one begins where the one before it ends. Blocks of a read are put together.</param>
public readonly record struct TracedRequest(
    RequestKey Key, string Name, ResultCode Result, uint Size, bool IsForwarded, int Followers, string Remote, DateTimeOffset EndedAt,
    IReadOnlyList<(RequestPhase Phase, TimeSpan Took)> Phases);
