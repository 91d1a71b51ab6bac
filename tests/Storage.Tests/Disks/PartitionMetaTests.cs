using System.Text;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class PartitionMetaTests
{
    /// <summary>One line as a Go node wrote it.</summary>
    private const string Sample = """{"VolumeID":"v","PartitionID":1,"PartitionSize":128849018880,"PartitionType":0,"CreateTime":"2025-01-02 03:04:05","Peers":[{"id":2,"addr":"10.0.0.1:17310","raftHeartbeat":"","raftReplica":""}],"Hosts":["10.0.0.1:17310"],"DataPartitionCreateType":0,"LastTruncateID":0,"ReplicaNum":0,"StopRecover":false,"VerList":null,"ApplyID":0,"DiskErrCnt":0,"IsRepairing":false}""";

    private const string Directory = "/disk/datapartition_1_128849018880";
    private readonly SimulatedFileSystem _disk = new();

    public PartitionMetaTests() => _disk.MakeDirectories(Directory);

    private void Write(string name, string content)
    {
        using var file = _disk.OpenOrCreate($"{Directory}/{name}", truncate: true);
        file.Write(0, Encoding.UTF8.GetBytes(content));
    }

    private string Read(string name)
    {
        using var file = _disk.TryOpen($"{Directory}/{name}")!;
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private PartitionMeta Load() => PartitionMeta.Load(_disk, Directory)!;

    [Fact]
    public void META_of_a_Go_node_is_written_back_byte_for_byte()
    {
        Write("META", Sample);
        var meta = Load();
        Assert.Equal(("v", new PartitionId(1), 128849018880L), (meta.Volume, meta.Partition, meta.PartitionBytes));
        Assert.Equal(new Peer { Id = new NodeId(2), Address = "10.0.0.1:17310" }, Assert.Single(meta.Peers));
        meta.Save(_disk, Directory);
        Assert.Equal(Sample, Read("META"));
    }

    [Fact]
    public void Every_field_survives_a_save()
    {
        var meta = new PartitionMeta
        {
            Volume = "vol-ü",
            Partition = new PartitionId(1),
            PartitionBytes = 128849018880,
            CreateTime = "2026-01-01 00:00:00",
            Peers = [new Peer { Id = new NodeId(ulong.MaxValue), Address = "a:1", HeartbeatPort = "17330", ReplicaPort = "17340" }],
            Hosts = ["a:1", "b:2"],
            IsBeingRebuilt = true,
            LastTruncateId = ulong.MaxValue,
            ReplicaCount = 3,
            StopRecover = true,
            Versions = [new SnapshotVersion(7, -1, 2)],
            ApplyId = 1UL << 63,
            DiskErrorCount = 2,
            IsRepairing = true,
            CopiedUpTo = 1UL << 62,
            CopyBasis = 40,
        };
        meta.Save(_disk, Directory);
        var read = Load();
        Assert.Equal((1UL << 62, 40UL), (read.CopiedUpTo, read.CopyBasis));
        Assert.EndsWith(",\"IsRepairing\":true,\"CopiedUpTo\":4611686018427387904,\"CopyBasis\":40}", Read("META")); // behind what a Go node knows
        Assert.Equal(meta.ToJson(), read.ToJson());
        Assert.Equal((meta.ApplyId, meta.LastTruncateId, true, true, true), (read.ApplyId, read.LastTruncateId, read.IsBeingRebuilt, read.StopRecover, read.IsRepairing));
        Assert.Equal(meta.Versions, read.Versions);
        Assert.Equal(meta.Peers, read.Peers);
    }

    [Fact]
    public void Null_missing_and_unknown_fields_are_tolerated()
    {
        Write("META", """{"VolumeID":" v ","PartitionID":1,"PartitionSize":128849018880,"PartitionType":null,"Peers":null,"Hosts":null,"VerList":[],"ApplyID":null,"Later":{"x":[1]}}""");
        var meta = Load();
        Assert.Equal("v", meta.Volume);
        Assert.Empty(meta.Peers);
        Assert.Empty(meta.Hosts);
        Assert.Equal(0UL, meta.ApplyId);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("null", "object")]
    [InlineData("[]", "JSON")]
    [InlineData(Sample + "}", "JSON")]
    [InlineData("""{"VolumeID":"v","PartitionID":1,"PartitionSi""", "JSON")]
    [InlineData("""{"VolumeID":" ","PartitionID":1,"PartitionSize":5}""", "VolumeID")]
    [InlineData("""{"VolumeID":"v","PartitionSize":5}""", "PartitionID")]
    [InlineData("""{"VolumeID":"v","PartitionID":1,"PartitionSize":0}""", "PartitionSize")]
    [InlineData("""{"VolumeID":"v","PartitionID":1,"PartitionSize":-5}""", "PartitionSize")]
    [InlineData("""{"VolumeID":"v","PartitionID":-1,"PartitionSize":5}""", "JSON")]
    [InlineData("""{"VolumeID":"v","PartitionID":1,"PartitionSize":5,"PartitionType":1}""", "PartitionType")]
    [InlineData("""{"VolumeID":"v","PartitionID":1,"PartitionSize":5,"DataPartitionCreateType":2}""", "DataPartitionCreateType")]
    [InlineData("""{"VolumeID":"v","PartitionID":2,"PartitionSize":5}""", "datapartition_2_5")]
    public void A_damaged_META_is_refused_with_file_reason_and_remedy_and_left_alone(string content, string reason)
    {
        Write("META", content);
        var failure = Assert.Throws<StorageCorruptException>(Load);
        Assert.Contains($"{Directory}/META", failure.Message);
        Assert.Contains(reason, failure.Problem);
        Assert.NotEmpty(failure.Remedy);
        Assert.Equal(content, Read("META"));
    }

    [Fact]
    public void A_directory_without_META_has_no_meta() => Assert.Null(PartitionMeta.Load(_disk, Directory));

    [Fact]
    public void A_power_cut_at_any_change_of_a_save_leaves_the_old_or_the_new_META()
    {
        var longer = Sample.Replace("\"v\"", $"\"{new string('v', 6000)}\"");
        for (var seed = 0; seed < 20; seed++)
        {
            for (var at = 0; ; at++)
            {
                var disk = new SimulatedFileSystem(seed);
                disk.MakeDirectories(Directory);
                var old = PartitionMeta.Parse(Encoding.UTF8.GetBytes(longer), "old");
                old.Save(disk, Directory);
                using (var leftover = disk.OpenOrCreate($"{Directory}/.meta")) leftover.Write(0, new byte[9000]);
                var next = old with { ApplyId = 5, Volume = "w" };
                disk.CrashAt = disk.Changes + at;
                var finished = true;
                try
                {
                    next.Save(disk, Directory);
                }
                catch (SimulatedCrashException)
                {
                    finished = false;
                }
                disk.PowerCut();
                var read = PartitionMeta.Load(disk, Directory)!;
                Assert.True(finished ? read.ApplyId == 5 : read.ApplyId is 0 or 5, $"seed {seed} change {at}");
                Assert.Equal(read.ApplyId == 5 ? "w" : old.Volume, read.Volume);
                read.Save(disk, Directory);
                Assert.Null(disk.Stat($"{Directory}/.meta"));
                if (finished) break;
            }
        }
    }

    [Fact]
    public void A_leftover_temporary_is_removed_before_the_disk_is_handed_back()
    {
        Write(".meta", "x");
        PartitionMeta.DeleteLeftover(_disk, Directory);
        PartitionMeta.DeleteLeftover(_disk, Directory);
        Assert.Null(_disk.Stat($"{Directory}/.meta"));
    }

    [Fact]
    public void APPLY_holds_decimal_digits_and_is_replaced_whole()
    {
        ApplyFile.Save(_disk, Directory, 0);
        Assert.Equal("0", Read("APPLY"));
        ApplyFile.Save(_disk, Directory, ulong.MaxValue);
        Assert.Equal("18446744073709551615", Read("APPLY"));
        Assert.Equal(ulong.MaxValue, ApplyFile.Load(_disk, Directory));
        Assert.Null(_disk.Stat($"{Directory}/.apply"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12x")]
    [InlineData("-1")]
    [InlineData("18446744073709551616")]
    public void APPLY_that_is_no_number_is_refused_and_left_alone(string content)
    {
        Write("APPLY", content);
        Assert.Contains("APPLY", Assert.Throws<StorageCorruptException>(() => ApplyFile.Load(_disk, Directory)).Message);
        Assert.Equal(content, Read("APPLY"));
    }

    [Fact]
    public void A_missing_APPLY_is_named() =>
        Assert.Contains("APPLY", Assert.Throws<StorageCorruptException>(() => ApplyFile.Load(_disk, Directory)).Message);

    [Fact]
    public void A_file_too_large_to_be_META_is_not_read_into_memory()
    {
        Write("META", Sample);
        using (var file = _disk.TryOpen($"{Directory}/META")!) file.SetLength(DurableFile.BytesMax + 1L);
        Assert.Throws<StorageCorruptException>(Load);
    }

    [Fact]
    public void A_full_disk_keeps_the_old_META()
    {
        Write("META", Sample);
        _disk.Fault = call => call is { Operation: DiskOperation.Write, Name: ".meta" } ? DiskFault.NoSpace : null;
        Assert.True(Assert.Throws<DiskFaultException>(() => (Load() with { ApplyId = 9 }).Save(_disk, Directory)).IsNoSpace);
        Assert.Equal(Sample, Read("META"));
    }
}
