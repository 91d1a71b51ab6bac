using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What was found about a block, and what was done.</summary>
public enum IntegrityFindingKind
{
    /// <summary>The bytes were right, the stored CRC was not.</summary>
    CrcCorrected,

    /// <summary>The bytes of other replicas took the place of the own ones.</summary>
    Healed,

    /// <summary>Nothing was done: somebody has to look.</summary>
    Reported,

    /// <summary>Nothing is wrong here, but another replica differs.</summary>
    PeerDiffers,
}

/// <param name="Block">Number of the block of 128 KiB in its extent.</param>
/// <param name="Peers">The other replicas concerned, <c>ip:port</c>.</param>
/// <param name="Text">What was found and done, one sentence.</param>
public sealed record IntegrityFinding(
    DateTimeOffset At, IntegrityFindingKind Kind, string Disk, PartitionId Partition, ExtentId Extent, int Block, IReadOnlyList<string> Peers, string Text);

/// <summary>How far the scrubber of a disk is.</summary>
/// <param name="IsOn">It is set to scrub.</param>
/// <param name="Partition">That it is at; 0 for none.</param>
/// <param name="PartitionsDone">Of this pass.</param>
/// <param name="PartitionsLeft">Of this pass, as the disk is now.</param>
/// <param name="BytesPerSecond">That it allows itself at the moment.</param>
/// <param name="PassStarted">Null before the first.</param>
/// <param name="LastFullPass">When the last walk through all of the disk ended; null if none has.</param>
public sealed record ScrubFigures(
    string Disk, bool IsOn, ulong Partition, int PartitionsDone, int PartitionsLeft, long BytesPerSecond, DateTimeOffset? PassStarted, DateTimeOffset? LastFullPass)
{
    /// <summary>What kept it from a partition last, or stopped it; empty for nothing.</summary>
    public string Note { get; init; } = "";
}

/// <summary>Counts since the start of the node.</summary>
/// <param name="BlocksScrubbed">Read by scrubbers here.</param>
/// <param name="BytesScrubbed">Of them.</param>
/// <param name="PeerBytes">Read from other replicas to be compared.</param>
/// <param name="Mismatches">Blocks that did not match their stored CRC, found by readers and scrubbers; a block that stays damaged counts with each look.</param>
/// <param name="Compared">Blocks whose comparison has ended, in whatever way.</param>
/// <param name="Corrected">Stored CRCs set right.</param>
/// <param name="Healed">Blocks replaced.</param>
/// <param name="Reported">Blocks that nobody could set right.</param>
/// <param name="PeersDiffer">Blocks that another replica has otherwise than most.</param>
/// <param name="Filled">Blocks without a stored CRC that got one.</param>
/// <param name="ExtentsAgreed">Extents whose CRC other replicas list alike.</param>
/// <param name="ExtentsDiffered">Extents whose CRC another replica lists otherwise.</param>
/// <param name="Dropped">Blocks not compared because too many waited.</param>
public sealed record IntegrityCounts(
    long BlocksScrubbed, long BytesScrubbed, long PeerBytes, long Mismatches, long Compared, long Corrected, long Healed, long Reported, long PeersDiffer, long Filled, long ExtentsAgreed,
    long ExtentsDiffered, long Dropped);

/// <param name="Waiting">Blocks that wait to be compared, or are.</param>
/// <param name="Findings">The last ones, the newest first.</param>
public sealed record IntegrityView(IntegrityCounts Counts, int Waiting, IReadOnlyList<ScrubFigures> Disks, IReadOnlyList<IntegrityFinding> Findings)
{
    /// <summary>When each partition was last walked through as a whole, since the start of the node.</summary>
    public IReadOnlyDictionary<PartitionId, DateTimeOffset> Partitions { get; init; } = new Dictionary<PartitionId, DateTimeOffset>();

    public static readonly IntegrityView None = new(new IntegrityCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, [], []);
}

/// <summary>Where comparison and scrubbing of a node write what they have done. Thread-safe; read from anywhere.</summary>
internal sealed class IntegrityBoard
{
    /// <summary>Findings that are kept to be shown.</summary>
    public const int FindingsMax = 256;

    private readonly Lock _lock = new();
    private readonly Queue<IntegrityFinding> _findings = new();
    private readonly Dictionary<string, ScrubFigures> _disks = new(StringComparer.Ordinal);
    private readonly Dictionary<PartitionId, DateTimeOffset> _partitions = []; // as many as the node has had since its start
    private readonly List<SuspectQueue> _queues = [];
    private long _blocks, _bytes, _peerBytes, _mismatches, _compared, _corrected, _healed, _reported, _peersDiffer, _filled, _agreed, _differed;

    public void Add(SuspectQueue queue)
    {
        lock (_lock) _queues.Add(queue);
    }

    public void Scrubbed(long blocks, long bytes)
    {
        Interlocked.Add(ref _blocks, blocks);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void ReadFromPeer(long bytes) => Interlocked.Add(ref _peerBytes, bytes);

    public void Mismatch() => Interlocked.Increment(ref _mismatches);

    public void Compared() => Interlocked.Increment(ref _compared);

    public void Filled(long blocks) => Interlocked.Add(ref _filled, blocks);

    public void ExtentCompared(bool agrees)
    {
        if (agrees) Interlocked.Increment(ref _agreed);
        else Interlocked.Increment(ref _differed);
    }

    public void Write(ScrubFigures figures)
    {
        lock (_lock) _disks[figures.Disk] = figures;
    }

    public void PartitionDone(PartitionId partition, DateTimeOffset at)
    {
        lock (_lock) _partitions[partition] = at;
    }

    public void Found(IntegrityFinding finding)
    {
        switch (finding.Kind)
        {
            case IntegrityFindingKind.CrcCorrected:
                Interlocked.Increment(ref _corrected);
                break;
            case IntegrityFindingKind.Healed:
                Interlocked.Increment(ref _healed);
                break;
            case IntegrityFindingKind.Reported:
                Interlocked.Increment(ref _reported);
                break;
            default:
                Interlocked.Increment(ref _peersDiffer);
                break;
        }

        lock (_lock)
        {
            if (_findings.Count == FindingsMax) _findings.Dequeue();
            _findings.Enqueue(finding);
        }
    }

    public IntegrityView Read()
    {
        lock (_lock)
        {
            return new IntegrityView(
                new IntegrityCounts(
                    Interlocked.Read(ref _blocks), Interlocked.Read(ref _bytes), Interlocked.Read(ref _peerBytes), Interlocked.Read(ref _mismatches), Interlocked.Read(ref _compared),
                    Interlocked.Read(ref _corrected), Interlocked.Read(ref _healed), Interlocked.Read(ref _reported), Interlocked.Read(ref _peersDiffer), Interlocked.Read(ref _filled),
                    Interlocked.Read(ref _agreed), Interlocked.Read(ref _differed), _queues.Sum(queue => queue.Dropped)),
                _queues.Sum(queue => queue.Count), [.. _disks.Values.OrderBy(disk => disk.Disk, StringComparer.Ordinal)], [.. _findings.Reverse()])
            {
                Partitions = new Dictionary<PartitionId, DateTimeOffset>(_partitions),
            };
        }
    }
}
