using System.Diagnostics;
using CubeActors.Actors;
using CubeActors.Protocol.Master;
using CubeActors.TestKit.Network;
using Serilog;

namespace CubeActors.Node.Tests;

/// <summary>dp_op.log and disk_op.log: what was done most in each minute, in the form that CubeFS writes.</summary>
public sealed class OperationLogFilesTests : IDisposable
{
    private static readonly RecentOperations Minute = new(
        [new OperationCount { Name = "/disk1", Op = "Write", Count = 7 }], [new OperationCount { Name = "dp_21_Write", Op = "Write", Count = 5 }]);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-");
    private readonly ManualTime _time = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_block_has_the_time_and_a_line_for_each_count()
    {
        var block = OperationLogFiles.Block(Minute.Partitions, new DateTimeOffset(2026, 11, 22, 7, 5, 9, TimeSpan.Zero));
        Assert.Equal("\n===============  Statistic in 60.00s, 2026-11-22 07:05:09  =====================\ndp_21_Write                    Write      5\n", block);
    }

    [Fact]
    public async Task Nothing_is_written_until_it_is_switched_on_and_then_once_a_minute()
    {
        await using var files = new OperationLogFiles(_directory.FullName, () => Minute, _time, Log.Logger);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_directory.GetFiles());
        files.IsOn = true;
        _time.Advance(TimeSpan.FromMinutes(1));
        await WrittenAsync(OperationLogFiles.DisksName, "/disk1 ");
        Assert.Contains("dp_21_Write ", await File.ReadAllTextAsync(PathOf(OperationLogFiles.PartitionsName)), StringComparison.Ordinal);
        files.IsOn = false;
    }

    [Fact]
    public async Task A_long_file_is_set_aside()
    {
        await File.WriteAllBytesAsync(PathOf(OperationLogFiles.DisksName), new byte[(10 << 20) + 1]);
        await using var files = new OperationLogFiles(_directory.FullName, () => Minute, _time, Log.Logger) { IsOn = true };
        _time.Advance(TimeSpan.FromMinutes(1));
        await WrittenAsync(OperationLogFiles.DisksName, "/disk1 ");
        Assert.True(new FileInfo(PathOf(OperationLogFiles.DisksName)).Length < 1000);
        Assert.Equal((10 << 20) + 1, new FileInfo($"{PathOf(OperationLogFiles.DisksName)}.old").Length);
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>The block is written behind the timer: looked for until it is there, the disk's file being the last.</summary>
    private async Task WrittenAsync(string name, string part)
    {
        var since = Stopwatch.GetTimestamp();
        while (!File.Exists(PathOf(name)) || !(await File.ReadAllTextAsync(PathOf(name))).Contains(part, StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(60), $"{name} was not written");
            await Task.Yield();
        }
    }
}
