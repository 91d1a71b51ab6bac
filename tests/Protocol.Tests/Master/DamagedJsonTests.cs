using System.Text;
using System.Text.Json;
using CubeActors.Protocol.Master;

namespace CubeActors.Protocol.Tests;

/// <summary>Whatever a peer sends as JSON is read or refused, never thrown at the caller.</summary>
public sealed class DamagedJsonTests
{
    private static readonly MasterJson Json = MasterJson.Default;

    [Theory]
    [InlineData("""{"ID":"\ud800","Disk":"\udfff\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"Request":{"\ud800":"\udc00"}}""")]
    [InlineData("""{"ID":"\u00zz"}""")]
    [InlineData("{\"ID\":\"a\nb\"}")]
    public void Half_a_surrogate_or_a_bad_escape_does_no_harm(string json) => ReadAndWriteAll(Encoding.UTF8.GetBytes(json));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused()
    {
        byte[] text = [.. "{\"ID\":\""u8, 0xff, 0xfe, .. "\",\"Request\":{\""u8, 0xc0, .. "\":\""u8, 0x80, .. "\"}}"u8];
        Assert.False(GoJson.TryRead(text, Json.AdminTask, out _));
        Assert.False(DeleteParams.TryRead([.. "[{\"Comment\":\""u8, 0xff, .. "\"}]"u8], out _));
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        var deep = Encoding.UTF8.GetBytes("{\"Request\":" + new string('[', 100_000));
        Assert.False(GoJson.TryRead(deep, Json.AdminTask, out _));
        Assert.False(DeleteParams.TryRead(Encoding.UTF8.GetBytes(new string('[', 100_000)), out _));
    }

    [Fact]
    public void Documents_with_random_damage_are_read_or_refused()
    {
        const int Seed = 3503;
        var random = new Random(Seed);
        string[] documents =
        [
            CapturedJson.HeartbeatTask, CapturedJson.CreateTask, CapturedJson.AddMemberTask, CapturedJson.DataNodeInfo, CapturedJson.ClusterInfo,
            CapturedJson.HeartbeatAnswer, Encoding.UTF8.GetString(Golden.BatchDeleteJson), Encoding.UTF8.GetString(Golden.MarkDeleteJson),
            Encoding.UTF8.GetString(Captured.TinyWatermarkReply.Data!),
        ];
        string[] tokens = ["null", "-1", "1e9", "\"\"", "[]", "{}", "true", "\\ud800", "\"", "18446744073709551616", ",", ":", "}", "]"];
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(documents[round % documents.Length]).ToList();
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(3))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                    default: bytes.InsertRange(at, Encoding.UTF8.GetBytes(tokens[random.Next(tokens.Length)])); break;
                }
                if (bytes.Count == 0) bytes.Add(0);
            }
            var failure = Record.Exception(() => ReadAndWriteAll([.. bytes]));
            Assert.True(failure is null, $"seed {Seed}, round {round}: {failure}");
        }
    }

    private static void ReadAndWriteAll(byte[] json)
    {
        if (GoJson.TryRead(json, Json.AdminTask, out var task))
        {
            JsonSerializer.SerializeToUtf8Bytes(task.Answered(new DataNodeHeartbeatResponse(), Json.DataNodeHeartbeatResponse), Json.AdminTask);
            task.TryReadRequest(Json.DataNodeHeartbeatRequest, out _);
            task.TryReadRequest(Json.CreateDataPartitionRequest, out _);
            task.TryReadRequest(Json.AddRaftMemberRequest, out _);
            GoJson.TryRead(task.Response, Json.DataNodeHeartbeatResponse, out _);
        }
        MasterReply.TryRead(json, Json.DataNodeInfo, out _);
        MasterReply.TryRead(json, Json.ClusterInfo, out _);
        ExtentKeyJson.TryRead(json, out _);
        DeleteParams.TryRead(json, out _);
        Watermarks.TryRead(json, out _);
        RepairTask.TryRead(json, out _);
        ExtentLock.TryRead(json, 10, out _);
        ControlCommand.TryRead(json, out _);
    }
}
