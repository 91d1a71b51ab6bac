using System.Text;
using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class BootRecordTests
{
    private const string Root = "/disk";
    private readonly ManualClock _clock = new();
    private readonly SimulatedFileSystem _disk;

    public BootRecordTests()
    {
        _disk = new SimulatedFileSystem(clock: _clock);
        _disk.MakeDirectories(Root);
    }

    private DiskRoot Open(string bootId) => DiskRoot.Open(_disk, Root, bootId, "p");

    private void MakePartition(DiskRoot root) => root.CreatePartition(
        new PartitionMeta { Volume = "v", Partition = new PartitionId(7), PartitionBytes = 5 }, new ExtentStoreSettings(_clock)).Close();

    [Theory] // clean stop, same boot, probe newer, state newer => verdict
    [InlineData(true, true, false, false, BootVerdict.CleanStop)]
    [InlineData(true, false, false, false, BootVerdict.CleanStop)]
    [InlineData(true, true, false, true, BootVerdict.Unknown)]
    [InlineData(true, true, true, false, BootVerdict.Unknown)]
    [InlineData(false, true, false, false, BootVerdict.SameBoot)]
    [InlineData(false, true, false, true, BootVerdict.SameBoot)]
    [InlineData(false, false, false, false, BootVerdict.DirtyBoot)]
    [InlineData(false, false, false, true, BootVerdict.DirtyBoot)]
    [InlineData(false, true, true, false, BootVerdict.Unknown)]
    [InlineData(false, false, true, false, BootVerdict.Unknown)]
    public void The_verdict_follows_from_record_boot_id_and_newer_files(bool clean, bool sameBoot, bool probeNewer, bool stateNewer, BootVerdict expected)
    {
        var record = new BootRecord(1, sameBoot ? "now" : "before", clean, false, "p");
        Assert.Equal(expected, BootRecord.Judge(record, "now", recordedAt: 100, probedAt: probeNewer ? 101 : 100, newestStateAt: stateNewer ? 101 : 100));
    }

    [Fact]
    public void Without_a_record_nothing_is_known() => Assert.Equal(BootVerdict.Unknown, BootRecord.Judge(null, "now", 0, 0, 0));

    [Fact]
    public void A_new_disk_has_no_hints_and_a_kill_keeps_its_CRCs_proven()
    {
        var root = Open("boot-1");
        Assert.Equal((BootVerdict.Unknown, false), (root.Verdict, root.BlockCrcsAreHints));
        MakePartition(root);
        _clock.Advance(TimeSpan.FromMinutes(5));
        root.Probe();
        _disk.Kill();
        root = Open("boot-1");
        Assert.Equal((BootVerdict.SameBoot, false), (root.Verdict, root.BlockCrcsAreHints));
    }

    [Fact]
    public void A_power_loss_makes_CRCs_hints_for_good_and_a_clean_stop_does_not()
    {
        var root = Open("boot-1");
        MakePartition(root);
        root.MarkCleanStop();
        root.Dispose();
        root = Open("boot-2");
        Assert.Equal((BootVerdict.CleanStop, false), (root.Verdict, root.BlockCrcsAreHints));
        _disk.Kill();
        root = Open("boot-3");
        Assert.Equal((BootVerdict.DirtyBoot, true), (root.Verdict, root.BlockCrcsAreHints));
        root.SettleBoot();
        root.MarkCleanStop();
        root.Dispose();
        root = Open("boot-3");
        Assert.Equal((BootVerdict.CleanStop, true), (root.Verdict, root.BlockCrcsAreHints));
    }

    /// <summary>Killed while it loads after a power cut, a node must not take the next start for an ordinary one: logs not opened yet may have lost votes.</summary>
    [Theory]
    [InlineData(false, false, BootVerdict.DirtyBoot)]
    [InlineData(false, true, BootVerdict.DirtyBoot)]
    [InlineData(true, false, BootVerdict.SameBoot)]
    [InlineData(true, true, BootVerdict.CleanStop)]
    public void A_power_loss_is_forgotten_only_when_every_log_has_noted_it(bool settles, bool stopsCleanly, BootVerdict expected)
    {
        var root = Open("boot-1");
        MakePartition(root);
        _disk.Kill();
        root = Open("boot-2");
        Assert.Equal(BootVerdict.DirtyBoot, root.Verdict);
        root.Probe();

        if (settles) root.SettleBoot();
        if (stopsCleanly)
        {
            root.MarkCleanStop();
            root.Dispose();
        }
        else
        {
            _disk.Kill();
        }

        Assert.Equal(expected, Open("boot-2").Verdict);
    }

    [Fact]
    public void A_disk_that_a_Go_node_used_since_is_not_trusted()
    {
        var root = Open("boot-1");
        MakePartition(root);
        root.MarkCleanStop();
        root.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(10));
        StatusProbe.Run(_disk, Root, StatusProbe.DiskName); // what a Go node does first
        root = Open("boot-1");
        Assert.Equal((BootVerdict.Unknown, true), (root.Verdict, root.BlockCrcsAreHints));
        root.Dispose();
    }

    [Fact]
    public void A_newer_raft_log_voids_the_record_of_a_clean_stop()
    {
        var root = Open("boot-1");
        MakePartition(root);
        root.MarkCleanStop();
        root.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(10));
        _disk.CreateDirectory($"{Root}/datapartition_7_5/wal_7");
        using (var log = _disk.OpenOrCreate($"{Root}/datapartition_7_5/wal_7/a.log")) log.Write(0, [1]);
        Assert.Equal(BootVerdict.Unknown, Open("boot-1").Verdict);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"format\":0}")]
    [InlineData("{\"format\":1,\"bootId\":null,\"process\":\"p\"}")]
    public void A_damaged_record_is_the_same_as_none(string content)
    {
        Write(content);
        Assert.Null(BootRecord.Load(_disk, Root));
        Assert.Equal(BootVerdict.Unknown, Open("boot-1").Verdict);
    }

    [Fact]
    public void A_later_format_is_refused_clearly_and_left_alone()
    {
        Write("""{"format":2,"bootId":"b","cleanStop":true,"blockCrcsAreHints":false,"process":"p"}""");
        Assert.Contains("later version", Assert.Throws<StorageCorruptException>(() => Open("boot-1")).Message);
        Assert.Throws<StorageCorruptException>(() => Open("boot-1")); // the first attempt has given its lock back
    }

    [Fact]
    public void The_record_is_one_JSON_object()
    {
        new BootRecord(1, "b", true, false, "p").Save(_disk, Root);
        using var file = _disk.TryOpen($"{Root}/.cubeactors")!;
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        Assert.Equal("""{"format":1,"bootId":"b","cleanStop":true,"blockCrcsAreHints":false,"process":"p"}""", Encoding.UTF8.GetString(bytes));
    }

    private void Write(string content)
    {
        using var file = _disk.OpenOrCreate($"{Root}/.cubeactors", truncate: true);
        file.Write(0, Encoding.UTF8.GetBytes(content));
    }
}
