using Akka.Event;
using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What becomes of a packet from elsewhere, by policy.</summary>
public sealed class SourceCheckTests : ActorTest
{
    [Theory]
    [InlineData(SourcePolicy.Off, true, 0, 0)]
    [InlineData(SourcePolicy.Warn, true, 2, 1)]
    [InlineData(SourcePolicy.Enforce, false, 2, 1)]
    public void What_comes_from_elsewhere_is_treated_as_set_counted_and_told_once_a_source(SourcePolicy policy, bool isServed, long counted, int lines)
    {
        var log = new List<string>();
        Sys.EventStream.Subscribe(ActorOf(Akka.Actor.Props.Create(() => new Listener(log))), typeof(Warning));
        var check = new SourceCheck(new KnownSources(), policy, Time, Logging.GetLogger(Sys, "data-path"));
        for (var port = 1; port <= 2; port++) Assert.Equal(isServed, Admits(check, $"10.0.0.9:{port}"));
        RunUntilIdle();
        Assert.Equal(lines, log.Count);
        Assert.Equal(counted, check.Unexpected.Single(row => row.Opcode == "OpDeleteDataPartition").Count);
        Assert.Equal(counted, check.Unexpected.Sum(row => row.Count));
        if (lines == 0) return;
        Assert.Contains(policy == SourcePolicy.Enforce ? "it was refused" : "it was served all the same", log[0], StringComparison.Ordinal);

        Time.Advance(TimeSpan.FromMinutes(10));
        Admits(check, "10.0.0.9:40000");
        RunUntilIdle();
        Assert.Contains("2 such packets since the last line", log[1], StringComparison.Ordinal);
    }

    private static bool Admits(SourceCheck check, string remote) => check.Problem(new PacketHeader { Opcode = Opcode.DeleteDataPartition, Partition = new PartitionId(7) }, remote) is null;

    private sealed class Listener : Akka.Actor.ReceiveActor
    {
        public Listener(List<string> log) => Receive<Warning>(warning => log.Add(warning.Message.ToString()!));
    }
}
