using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Makes of a request that has ended what is traced of it.</summary>
internal static class RequestTrace
{
    private static readonly RequestPhase[] Phases = Enum.GetValues<RequestPhase>();

    public static RequestKey KeyOf(RequestSlot slot) => new(
        slot.Header.Opcode, slot.Header.Partition, slot.Header.Extent, slot.IsRead ? slot.ReadFrom : slot.Header.ExtentOffset, slot.Header.RequestId);

    /// <summary>What a chain leader passes on.</summary>
    private static bool IsChained(Opcode opcode) =>
        Opcodes.IsAppend(opcode) || opcode is Opcode.CreateExtent or Opcode.MarkDelete or Opcode.SplitMarkDelete or Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent;

    /// <param name="ended">When, in ticks of <paramref name="time"/>.</param>
    public static TracedRequest Of(RequestSlot slot, long ended, string remote, TimeProvider time)
    {
        var marks = slot.Marks(ended);
        var phases = new List<(RequestPhase, TimeSpan)>(Phases.Length);
        foreach (var phase in Phases)
            if (marks.Of(phase, slot.IsRead, slot.IsOverwrite, slot.Followers.Length > 0) is { } ticks) phases.Add((phase, time.GetElapsedTime(0, ticks)));
        var isError = slot.IsDecided && slot.IsError; // a read that was sent block by block is not decided
        var isForwarded = IsChained(slot.Header.Opcode) && !RemainingFollowers.ActsAsLeader(slot.Header.RemainingFollowers);
        return new TracedRequest(
            KeyOf(slot), OperationNames.Of(slot.Header.Opcode), isError ? slot.Result : ResultCode.Ok, slot.Header.Size, isForwarded, slot.Followers.Length, remote, time.GetUtcNow(), phases);
    }
}
