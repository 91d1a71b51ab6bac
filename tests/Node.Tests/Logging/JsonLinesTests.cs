using System.Text.Json;
using Akka.Actor;
using CubeActors.Actors;
using CubeActors.Protocol;
using Serilog;
using Serilog.Events;
using Serilog.Parsing;

namespace CubeActors.Node.Tests;

/// <summary>The log as objects that can be searched by field.</summary>
public sealed class JsonLinesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-logs-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_line_is_one_object_with_its_fields()
    {
        var logged = new LogEvent(
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)).AddTicks(1_234_560), LogEventLevel.Warning, new InvalidOperationException("why"), new MessageTemplateParser().Parse("disk {Disk:l}\nis slow"),
            [
                new LogEventProperty("Disk", new ScalarValue("/data/\"disk1\"")), new LogEventProperty(ConsoleLog.Source, new ScalarValue("user/node ")), new LogEventProperty("Partition", new ScalarValue(ulong.MaxValue)),
                new LogEventProperty("Message", new ScalarValue(3)),
            ]);
        Assert.Equal(
            """{"time":"2026-01-02T02:04:05.123456Z","level":"warn","where":"user/node","message":"disk /data/\"disk1\"\nis slow","disk":"/data/\"disk1\"","partition":18446744073709551615,"message_":3,"exception":"System.InvalidOperationException: why"}""" + "\n",
            JsonLines.Format(logged));
    }

    [Theory]
    [InlineData("user/node/disk-0/partition-7/raft", 7ul, null)]
    [InlineData("user/node/disk-0/partition-7/repairs/repair-0198c0de00007000800000000000000a", 7ul, "0198c0de-0000-7000-8000-00000000000a")]
    [InlineData("user/node/disk-0/partition-7/repairs/share-0198c0de00007000800000000000000a-10.0.0.1:17310", 7ul, "0198c0de-0000-7000-8000-00000000000a")]
    [InlineData("user/node/integrity/scrub-0", null, null)]
    [InlineData("partition-x/repair-", null, null)]
    [InlineData("", null, null)]
    public void The_path_of_an_actor_tells_what_it_is_about(string place, ulong? partition, string? operation) =>
        Assert.Equal(new LogFields(partition, operation is null ? null : Guid.Parse(operation), null), LogFields.OfPlace(place));

    [Fact]
    public async Task What_actors_log_carries_partition_operation_and_connection_as_fields()
    {
        var operation = Guid.CreateVersion7();
        await using (var log = Open())
        {
            var system = ActorSystems.Create("json-lines", Akka.Configuration.Config.Empty, LogEventLevel.Debug, log.Log);
            var adapter = Akka.Event.Logging.GetLogger(system, "data-path");
            adapter.Info("Partition {0}: repair {1} begins", new PartitionId(21), operation);
            adapter.Warning("Connection from {0} closed: {1}", new Caller("10.0.0.9:4000", 17), "no packet");
            adapter.Info("Nothing of the kind");
            await ActorSystems.EndAsync(system);
        }

        var (begins, nothing) = Lines("info") is [var first, var second, ..] ? (first, second) : throw new InvalidOperationException("two lines are expected");
        Assert.Equal((21ul, operation), (begins.GetProperty("partition").GetUInt64(), begins.GetProperty("operation").GetGuid()));
        Assert.Equal($"Partition 21: repair {operation} begins", begins.GetProperty("message").GetString());
        Assert.False(nothing.TryGetProperty("partition", out _) || nothing.TryGetProperty("operation", out _) || nothing.TryGetProperty("connection", out _));
        var closed = Assert.Single(Lines("warn"));
        Assert.Equal((17, "Connection from 10.0.0.9:4000 (connection 17) closed: no packet"), (closed.GetProperty("connection").GetInt64(), closed.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task Single_requests_have_their_fields_too()
    {
        await using (var log = Open())
        {
            log.Packets!.Answered(new AnsweredPacket(
                "OpWrite", Opcode.Write, ResultCode.Ok, new PartitionId(21), new ExtentId(1025), 4096, 100, 77, 5, true, "10.0.0.9:40000", TimeSpan.FromMilliseconds(3.7), "")
            {
                Connection = 17,
            });
        }

        var line = Assert.Single(Lines("write"));
        Assert.Equal((21ul, 17, 5), (line.GetProperty("partition").GetUInt64(), line.GetProperty("connection").GetInt64(), line.GetProperty("requestId").GetInt64()));
    }

    private NodeLog Open() => NodeLog.Open(
        new LogFileSettings(_directory.FullName, 0, 0, 0.05), LogEventLevel.Information, _ => throw new InvalidOperationException("not asked for"), TimeProvider.System, new LogOutputSettings(IsJson: true, PacketLines.All, 0));

    private List<JsonElement> Lines(string level)
    {
        var lines = new List<JsonElement>();
        foreach (var line in File.ReadAllLines(Path.Combine(_directory.FullName, "dataNode", $"dataNode_{level}.log")))
        {
            using var document = JsonDocument.Parse(line);
            lines.Add(document.RootElement.Clone());
        }

        return lines;
    }
}
