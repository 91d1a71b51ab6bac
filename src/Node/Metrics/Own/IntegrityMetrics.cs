using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Blocks that were scrubbed and compared, and what was found.</summary>
internal static class IntegrityMetrics
{
    public static readonly MetricSection Section = new("Integrity");

    private static readonly MetricFamily Blocks = Section.Counter("cubeactors_scrub_blocks_total", "Blocks read by scrubbers.");
    private static readonly MetricFamily Bytes = Section.Counter("cubeactors_scrub_bytes_total", "Bytes of them.");
    private static readonly MetricFamily PeerBytes = Section.Counter("cubeactors_integrity_peer_bytes_total", "Bytes read from other replicas to be compared.");
    private static readonly MetricFamily Mismatches = Section.Counter("cubeactors_integrity_mismatches_total", "Blocks that did not match their stored CRC, each time they were read.");
    private static readonly MetricFamily Compared = Section.Counter("cubeactors_integrity_compared_total", "Blocks whose comparison has ended.");
    private static readonly MetricFamily Corrected = Section.Counter("cubeactors_integrity_corrected_total", "Stored CRCs set right.");
    private static readonly MetricFamily Healed = Section.Counter("cubeactors_integrity_healed_total", "Blocks replaced by the bytes of most replicas.");
    private static readonly MetricFamily Reported = Section.Counter("cubeactors_integrity_reported_total", "Blocks that nobody could set right. More than none is an alert.");
    private static readonly MetricFamily PeersDiffer = Section.Counter("cubeactors_integrity_peers_differ_total", "Blocks that another replica has otherwise than most.");
    private static readonly MetricFamily Filled = Section.Counter("cubeactors_integrity_filled_total", "Blocks without a stored CRC that got one.");
    private static readonly MetricFamily Agreed = Section.Counter("cubeactors_integrity_extents_agreed_total", "Extents whose CRC other replicas list alike.");
    private static readonly MetricFamily Differed = Section.Counter("cubeactors_integrity_extents_differed_total", "Extents whose CRC another replica lists otherwise.");
    private static readonly MetricFamily Dropped = Section.Counter("cubeactors_integrity_dropped_total", "Blocks that were not compared because too many waited.");
    private static readonly MetricFamily Waiting = Section.Gauge("cubeactors_integrity_waiting", "Blocks that wait to be compared.");
    private static readonly MetricFamily Rate = Section.Gauge("cubeactors_scrub_rate_bytes", "Bytes a second that a disk's scrubber allows itself; 0 while it rests.", "disk");
    private static readonly MetricFamily LastPass = Section.Gauge("cubeactors_scrub_last_full_pass_seconds", "Unix time at which a disk was last scrubbed as a whole; 0: never.", "disk");

    public static void Write(IMetricSink sink, IntegrityView integrity)
    {
        var counts = integrity.Counts;
        sink.Single(Blocks, counts.BlocksScrubbed);
        sink.Single(Bytes, counts.BytesScrubbed);
        sink.Single(PeerBytes, counts.PeerBytes);
        sink.Single(Mismatches, counts.Mismatches);
        sink.Single(Compared, counts.Compared);
        sink.Single(Corrected, counts.Corrected);
        sink.Single(Healed, counts.Healed);
        sink.Single(Reported, counts.Reported);
        sink.Single(PeersDiffer, counts.PeersDiffer);
        sink.Single(Filled, counts.Filled);
        sink.Single(Agreed, counts.ExtentsAgreed);
        sink.Single(Differed, counts.ExtentsDiffered);
        sink.Single(Dropped, counts.Dropped);
        sink.Single(Waiting, integrity.Waiting);
        sink.Each(Rate, integrity.Disks, disk => disk.BytesPerSecond, disk => disk.Disk);
        sink.Each(LastPass, integrity.Disks, disk => disk.LastFullPass?.ToUnixTimeSeconds() ?? 0, disk => disk.Disk);
    }
}
