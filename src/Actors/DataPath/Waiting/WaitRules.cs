using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What a request is told, or granted, while its partition does not serve yet. Pure.</summary>
/// <remarks>
/// Whoever has other replicas to go to is sent there at once; only what has nowhere else to go waits: creates and appends go to the chain
/// leader alone, which forwards to all, and a delete that is lost is an extent that nobody frees. Never 0xF3: an application sees it as an
/// I/O error where every caller has a second try after 0xFC and 0xF9 (data-plane 2.4).
/// </remarks>
internal static class WaitRules
{
    /// <summary>How long a request may wait for its partition.</summary>
    /// <param name="isSingle">The only replica is the one on this node: nobody else could answer a read or an overwrite.</param>
    /// <returns>Null if it does not wait.</returns>
    public static TimeSpan? Patience(in PacketHeader header, bool isSingle, WaitingSettings settings)
    {
        var asFollower = header.RemainingFollowers == RemainingFollowers.None;
        return header.Opcode switch
        {
            Opcode.CreateExtent or Opcode.Write or Opcode.SyncWrite => asFollower ? settings.AppendAsFollower : settings.AppendAsLeader,
            Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent => asFollower ? settings.DeleteAsFollower : settings.DeleteAsLeader,
            _ when isSingle && IsReadOrOverwrite(header.Opcode) => settings.AppendAsLeader,
            _ => null,
        };
    }

    /// <summary>Waits for longer than a connection should hold buffers of requests behind it.</summary>
    public static bool IsLong(Opcode opcode) => opcode is Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent;

    /// <summary>What a request is refused with because its partition does not serve yet, be it at once or after it has waited.</summary>
    /// <remarks>
    /// 0xFC would tell a metanode of a cold volume that its delete is done (metanode/partition_free_list.go); 0xF9 makes it repeat the batch.
    /// </remarks>
    /// <param name="why">For the reader of a log; without a token of <see cref="ErrorTexts"/>.</param>
    public static string Refusal(Opcode opcode, PartitionId partition, string why) => IsDelete(opcode)
        ? $"partition {partition} {why}, {ErrorTexts.TryAgain}"
        : $"{ErrorTexts.PartitionMissing} {partition}: it {why}";

    public const string IsLoading = "is still being loaded";
    public const string TookTooLong = "was not loaded in time";
    public const string TooManyWait = "is still being loaded and too many requests wait for it";
    public const string WillNotServe = "does not serve for now";

    private static bool IsDelete(Opcode opcode) => opcode is Opcode.MarkDelete or Opcode.SplitMarkDelete or Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent;

    private static bool IsReadOrOverwrite(Opcode opcode) => opcode is Opcode.StreamRead or Opcode.StreamFollowerRead
        or Opcode.RandomWrite or Opcode.SyncRandomWrite or Opcode.RandomWriteVersion or Opcode.SyncRandomWriteVersion;
}
