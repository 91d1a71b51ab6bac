using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

public sealed class ExtentSnapshotsTests
{
    private const long Now = 1_900_000_000;

    [Fact]
    public void Quiet_normal_extents_are_listed_with_their_CRC_and_tiny_ones_always_without()
    {
        ExtentRecord[] extents = [Record(1, 8192, Now, crc: 5), Record(1025, 100, Now - 61, crc: 6, applied: 9), Record(1026, 100, Now - 60, crc: 7)];

        var snapshots = ExtentSnapshots.Of(extents, Now);

        Assert.Equal([("1", 0U, 8192U), ("1025", 6U, 100U)], snapshots.Select(extent => (extent.Name, extent.Crc, extent.Size)));
        Assert.Equal((Now - 61, 9UL), (snapshots[1].Modified, snapshots[1].ApplyId));
    }

    [Fact]
    public void A_CRC_is_computed_for_normal_extents_that_were_quiet_for_ten_minutes_and_have_none()
    {
        ExtentRecord[] extents =
        [
            Record(1, 8192, Now - 1000), Record(1025, 100, Now - 601), Record(1026, 100, Now - 600), Record(1027, 100, Now - 601, crc: 3), Record(1028, 0, Now - 601),
        ];

        Assert.Equal([1025UL], ExtentSnapshots.WithoutCrc(extents, Now).Select(extent => extent.Value));
    }

    private static ExtentRecord Record(ulong id, long size, long modified, uint crc = 0, ulong applied = 0) => new(new ExtentId(id), size, modified, crc, applied, 0);
}
