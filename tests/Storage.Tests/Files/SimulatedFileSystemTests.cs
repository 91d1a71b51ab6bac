using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>The simulated disk keeps the promises that the crash tests build on.</summary>
public sealed class SimulatedFileSystemTests
{
    private readonly SimulatedFileSystem _disk = new(seed: 3);

    public SimulatedFileSystemTests() => _disk.MakeDirectories("/d");

    [Fact]
    public void A_kill_keeps_all_that_was_written_and_ends_open_files_and_locks()
    {
        var file = _disk.TryCreate("/d/a")!;
        file.Write(0, [1, 2, 3]);
        Assert.NotNull(_disk.TryLockDirectory("/d"));
        _disk.Kill();
        Assert.Throws<SimulatedCrashException>(() => file.Write(0, [9]));
        Assert.NotNull(_disk.TryLockDirectory("/d"));
        Assert.Equal(3, _disk.Stat("/d/a")!.Value.Length);
        Assert.Equal(0, _disk.OpenFiles);
    }

    [Fact]
    public void A_power_cut_keeps_synced_bytes_and_names_and_parts_of_the_rest()
    {
        var outcomes = new HashSet<(bool Exists, bool Page0, bool Page1)>();
        for (var seed = 0; seed < 64; seed++)
        {
            var disk = new SimulatedFileSystem(seed);
            disk.MakeDirectories("/d");
            var kept = disk.TryCreate("/d/kept")!;
            kept.Write(0, [5]);
            kept.Sync();
            disk.SyncDirectory("/d");
            kept.Write(0, TestStore.Bytes(8192));
            disk.TryCreate("/d/loose")!.Dispose();
            disk.PowerCut();
            using var again = disk.TryOpen("/d/kept")!;
            var bytes = new byte[8192];
            var length = again.Read(0, bytes);
            Assert.True(length is 1 or 8192);
            Assert.True(bytes[0] == 5 || bytes[0] == TestStore.Bytes(8192)[0]);
            outcomes.Add((disk.Stat("/d/loose") is not null, bytes[0] != 5, bytes.AsSpan(4096).ContainsAnyExcept((byte)0)));
        }
        Assert.True(outcomes.Count >= 6, "the seeds must reach most combinations");
    }

    [Fact]
    public void A_full_disk_takes_the_pages_that_fit_and_fails_the_write()
    {
        using var file = _disk.TryCreate("/d/a")!;
        _disk.CapacityBytes = 2 * 4096;
        var fault = Assert.Throws<DiskFaultException>(() => file.Write(0, new byte[3 * 4096]));
        Assert.True(fault.IsNoSpace);
        Assert.Equal(2 * 4096, file.Length);
    }

    [Fact]
    public void Holes_are_found_and_the_cache_can_be_emptied()
    {
        using var file = _disk.TryCreate("/d/a")!;
        file.Write(0, TestStore.Bytes(3 * 4096));
        file.PunchHole(4096, 4096);
        Assert.Equal(4096, file.SeekHole(0));
        Assert.Equal(8192, file.SeekData(4096));
        Assert.Equal(3 * 4096, file.SeekHole(8192));
        file.PunchHole(8192, 8192);
        Assert.Null(file.SeekData(4096));
        Assert.Equal(3 * 4096, file.Length);
        Assert.True(file.TryReadCached(0, new byte[10]));
        _disk.DropCaches();
        Assert.False(file.TryReadCached(0, new byte[10]));
    }

    [Fact]
    public void A_crash_at_a_change_tears_the_write_and_stops_everything_after_it()
    {
        using var file = _disk.TryCreate("/d/a")!;
        (_disk.CrashAt, _disk.CrashTearsWrites) = (_disk.Changes, true);
        Assert.Throws<SimulatedCrashException>(() => file.Write(0, new byte[4096]));
        Assert.Throws<SimulatedCrashException>(() => _disk.Stat("/d/a"));
        _disk.Kill();
        Assert.Equal(2048, _disk.Stat("/d/a")!.Value.Length);
    }
}
