using CubeActors.Actors;
using CubeActors.Protocol;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>Requests one by one in the log files, and what else lies in logDir.</summary>
public sealed class PacketLogTests : IDisposable
{
    private static readonly AnsweredPacket Packet = new(
        "OpWrite", Opcode.Write, ResultCode.Ok, new PartitionId(21), new ExtentId(1025), 4096, 100, 77, 5, true, "10.0.0.9:40000", TimeSpan.FromMilliseconds(3.7), "");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-logs-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Reads_writes_and_all_else_go_to_files_of_their_own_and_refusals_to_that_of_warnings()
    {
        await using (var log = Open(LogEventLevel.Information, PacketLines.All))
        {
            var packets = log.Packets!;
            packets.Answered(Packet);
            packets.Answered(Packet with { Opcode = Opcode.StreamRead, Name = "OpStreamRead", IsForwarded = false });
            packets.Answered(Packet with { Opcode = Opcode.CreateExtent, Name = "OpCreateExtent" });
            packets.Answered(Packet with { Result = ResultCode.NoSpace, Error = "ActionWrite:_no space left on the device" });
        }

        const string Id = "id[Req(5)_Partition(21)_Extent(1025)_ExtentOffset(4096)_Size(100)_Opcode(OpWrite)_CRC(77)_ResultMesg(Ok)]";
        Assert.EndsWith($"[WRITE] action[OperatePacket] {Id} action[OpWrite] isPrimaryBackReplLeader[true] remote[10.0.0.9:40000] cost[3]\n", Read("write"), StringComparison.Ordinal);
        Assert.Contains("[READ ] action[OperatePacket]", Read("read"), StringComparison.Ordinal);
        Assert.Contains("isPrimaryBackReplLeader[false]", Read("read"), StringComparison.Ordinal);
        Assert.Contains("action[OpCreateExtent]", Read("info"), StringComparison.Ordinal);
        Assert.EndsWith("remote[10.0.0.9:40000], err[ActionWrite:_no space left on the device]\n", Read("warn"), StringComparison.Ordinal);
        foreach (var name in (string[])["write", "read", "info", "warn"]) Assert.Single(Read(name).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData(PacketLines.All, LogEventLevel.Debug, true, true)]
    [InlineData(PacketLines.All, LogEventLevel.Information, true, true)]
    [InlineData(PacketLines.All, LogEventLevel.Warning, false, true)]
    [InlineData(PacketLines.All, LogEventLevel.Error, false, false)]
    [InlineData(PacketLines.Refused, LogEventLevel.Debug, true, true)]
    [InlineData(PacketLines.Refused, LogEventLevel.Information, false, true)]
    [InlineData(PacketLines.Refused, LogEventLevel.Error, false, false)]
    [InlineData(PacketLines.Off, LogEventLevel.Debug, true, true)]
    [InlineData(PacketLines.Off, LogEventLevel.Information, false, false)]
    internal async Task Nothing_is_made_of_what_the_level_hides_or_nobody_asked_for(PacketLines lines, LogEventLevel level, bool wantsSuccess, bool wantsErrors)
    {
        await using var log = Open(level, lines);
        Assert.Equal((wantsSuccess, wantsErrors), (log.Packets!.Wants(isError: false), log.Packets.Wants(isError: true)));
    }

    [Fact]
    public async Task By_default_a_thousand_packets_make_no_line()
    {
        Assert.Equal(PacketLines.Off, SampleConfig.Read().Observation.LogOutput.Packets);
        await using (var log = Open(LogEventLevel.Information, SampleConfig.Read().Observation.LogOutput.Packets))
        {
            for (var i = 0; i < 1000; i++)
            {
                var packet = i % 2 == 0 ? Packet : Packet with { Result = ResultCode.DiskNoSpace, Error = "ActionWrite:_no space left on the device" };
                if (log.Packets!.Wants(i % 2 != 0)) log.Packets.Answered(packet);
            }

            Assert.Empty(log.Tail.Read(10, LogEventLevel.Verbose, ""));
        }

        Assert.All(Directory.GetFiles(Path.Combine(_directory.FullName, "dataNode")), file => Assert.Empty(File.ReadAllBytes(file)));
    }

    [Fact]
    public async Task A_log_on_the_terminal_does_not_tell_single_requests()
    {
        await using var log = NodeLog.Open(null, LogEventLevel.Debug, level => new Serilog.LoggerConfiguration().CreateLogger(), TimeProvider.System);
        Assert.Null(log.Packets);
    }

    [Fact]
    public async Task What_ends_the_process_stands_in_the_files_when_it_ends()
    {
        await using var log = Open(LogEventLevel.Error);
        log.Log.Error("the last words");
        log.Crash(new InvalidOperationException("why"));
        Assert.EndsWith("[ERROR] the last words\n", Read("error"), StringComparison.Ordinal);
        Assert.Contains("[FATAL] The process ends: why", Read("critical"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_number_of_the_process_stands_in_a_file_until_a_clean_end()
    {
        var path = Path.Combine(_directory.FullName, PidFile.Name);
        await File.WriteAllTextAsync(path, "4711 of a process that was killed");
        await using (PidFile.Write(_directory.FullName, Serilog.Core.Logger.None)) Assert.Equal($"{Environment.ProcessId}", await File.ReadAllTextAsync(path));
        Assert.False(File.Exists(path));

        await using (PidFile.Write(_directory.FullName, Serilog.Core.Logger.None)) await File.WriteAllTextAsync(path, "1"); // the next start was quicker
        Assert.Equal("1", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_no_reason_not_to_start() =>
        Assert.Null(PidFile.Write(Path.Combine(_directory.FullName, "missing"), Serilog.Core.Logger.None));

    private NodeLog Open(LogEventLevel level, PacketLines lines = PacketLines.Off) => NodeLog.Open(
        new LogFileSettings(_directory.FullName, 0, 0, 0.05), level, _ => throw new InvalidOperationException("not asked for"), TimeProvider.System, LogOutputSettings.Default with { Packets = lines });

    private string Read(string name) => File.ReadAllText(Path.Combine(_directory.FullName, "dataNode", $"dataNode_{name}.log"));
}
