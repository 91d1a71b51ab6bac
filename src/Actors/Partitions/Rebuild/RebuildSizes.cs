using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>How far a copy has come, in bytes: what the replica that it is compared with holds, and what is here. Pure.</summary>
/// <remarks>
/// Source: CubeFS datanode/partition_raft.go StartRaftAfterRepair. <see cref="Share"/> never falls: masters undo a repair that does not advance.
/// </remarks>
/// <param name="Source"><c>ip:port</c> of the replica that it is compared with; empty before the first one.</param>
internal sealed record RebuildSizes(string Source)
{
    public static readonly RebuildSizes Unknown = new("");

    /// <summary>The share while as many bytes are here as there, and their extents are still being compared. Source: CubeFS, as above.</summary>
    public const double SizeReached = 0.9999;

    /// <summary>META holds the share in parts of this (<see cref="Storage.PartitionMeta.CopyShare"/>).</summary>
    public const uint ShareParts = 10_000;

    /// <summary>The share is written down, and so told, in steps of so many parts: a thousand saves of META a copy at the most. Chosen by us.</summary>
    private const uint ShareStep = 10;

    /// <summary>Rounds without one more byte after which the extents are compared though the sum is not reached: what was deleted here alone never comes.</summary>
    public const int StillRoundsMax = 12;

    /// <summary>Rounds for which the source may list less than it holds: its list leaves out, for a minute, what was written to. Afterwards what it lists has to do.</summary>
    public const int UnlistedRoundsMax = 24;

    /// <summary>Sizes count up to this extent: the last one of the source when it was first asked. 0 while that is not known.</summary>
    public ExtentId Last { get; init; }

    /// <summary>Bytes to be reached: what the source held at first, or what it holds now if that is less.</summary>
    public long Target { get; init; }

    /// <summary>Bytes of the source up to <see cref="Last"/>, as of now.</summary>
    public long SourceBytes { get; init; }

    /// <summary>Bytes that the source uses on its disk; 0 while that is not known.</summary>
    public long SourceUsed { get; init; }

    /// <summary>Bytes here up to <see cref="Last"/>.</summary>
    public long Own { get; init; }

    /// <summary>0 to <see cref="SizeReached"/>.</summary>
    public double Share { get; init; }

    /// <summary>Rounds without a byte more.</summary>
    public int StillRounds { get; init; }

    /// <summary>Rounds in which the list of the source fell short of its size.</summary>
    public int UnlistedRounds { get; init; }

    /// <summary>One number alone means nothing, and none may be 0. Of an empty partition they are asked for each time.</summary>
    public bool NeedsTotals => Last.Value == 0 || Target == 0;

    public bool IsReached => Own >= Target;

    /// <summary>Lists are worth asking for.</summary>
    public bool IsToBeCompared => IsReached || StillRounds >= StillRoundsMax;

    /// <summary>What masters are told of a copy: what META holds of its share, so that nobody is ever told less, not by the next start either.</summary>
    /// <returns>0 to <see cref="SizeReached"/>.</returns>
    public static double ToldOf(Storage.PartitionMeta meta) => Math.Min(meta.CopyShare / (double)ShareParts, SizeReached);

    /// <summary>META after a look: the share as far as it has grown by a step, or to its end.</summary>
    public Storage.PartitionMeta Tell(Storage.PartitionMeta meta)
    {
        var now = (uint)(Share * ShareParts + 1e-6); // 0.9999 is less than that in a double
        var hasGrown = now >= meta.CopyShare + ShareStep || (now > meta.CopyShare && Share >= SizeReached);
        return meta.IsBeingRebuilt && hasGrown ? meta with { CopyShare = now } : meta;
    }

    /// <summary>Another source is asked anew; the share stays.</summary>
    public RebuildSizes From(string source) => source == Source ? this : new RebuildSizes(source) { Share = Share, SourceUsed = SourceUsed };

    /// <param name="last">The largest id there.</param>
    /// <param name="bytes">The sum of all sizes there.</param>
    public RebuildSizes WithTotals(ulong last, ulong bytes) => this with { Last = new ExtentId(last), Target = Bytes(bytes) };

    /// <param name="sourceBytes">Of the source, up to <see cref="Last"/>.</param>
    /// <param name="sourceUsed">On its disk; 0 if it does not say.</param>
    /// <param name="own">Bytes here, up to <see cref="Last"/>.</param>
    /// <param name="partitionBytes">No replica is believed to use more than the partition may hold.</param>
    public RebuildSizes With(ulong sourceBytes, ulong sourceUsed, long own, long partitionBytes)
    {
        var bytes = Bytes(sourceBytes);
        var target = Math.Min(Target, bytes);
        var share = own >= target ? SizeReached : Math.Min(SizeReached, (double)own / target);
        return this with
        {
            Target = target,
            SourceBytes = bytes,
            SourceUsed = sourceUsed == 0 ? SourceUsed : Math.Min(Bytes(sourceUsed), partitionBytes),
            Own = own,
            Share = Math.Max(Share, share),
            StillRounds = own >= target || own != Own ? 0 : StillRounds >= StillRoundsMax ? 1 : StillRounds + 1,
        };
    }

    private static long Bytes(ulong bytes) => (long)Math.Min(bytes, long.MaxValue);
}
