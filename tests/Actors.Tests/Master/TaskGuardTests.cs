using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Tasks of strangers.</summary>
public sealed class TaskGuardTests : ActorTest
{
    private readonly TaskSources _sources = new();
    private readonly NodeBoard _board = new();

    [Theory]
    [InlineData("10.0.0.1:40000", true)] // a master
    [InlineData("10.0.0.2:40000", true)] // a data node
    [InlineData("10.0.0.3:40000", true)] // a member of a partition here
    [InlineData("[::ffff:10.0.0.1]:40000", true)]
    [InlineData("10.0.0.4:40000", false)]
    [InlineData("somewhere", false)]
    [InlineData("", true)] // no connection
    public void Masters_nodes_and_members_are_known_by_their_IP(string remote, bool isKnown)
    {
        _sources.SetMasters(["10.0.0.1:17010", "no address"]);
        _sources.SetNodes(["10.0.0.2:17310"]);

        Assert.Equal(isKnown, _sources.Knows(remote, () => ["10.0.0.3:17310"]));
    }

    [Theory]
    [InlineData("127.0.0.20:17010", "127.0.0.1:40000", true)]
    [InlineData("127.0.0.20:17010", "[::1]:40000", true)]
    [InlineData("127.0.0.20:17010", "[::ffff:127.0.0.3]:40000", true)]
    [InlineData("10.0.0.1:17010", "127.0.0.1:40000", false)]
    public void Whoever_dials_on_the_loopback_network_comes_from_an_address_that_the_kernel_chose(string master, string remote, bool isKnown)
    {
        _sources.SetMasters([master]);
        Assert.Equal(isKnown, _sources.Knows(remote, () => []));
    }

    [Theory]
    [InlineData(StrangerPolicy.Allow, "ok", 0)]
    [InlineData(StrangerPolicy.Warn, "ok", 1)]
    [InlineData(StrangerPolicy.Refuse, "refused: tasks are taken from masters and data nodes only, and 10.0.0.9 is neither", 3)] // each refusal is told too
    public void A_stranger_is_treated_as_set_and_named_once(StrangerPolicy policy, string answer, int lines)
    {
        var log = new List<string>();
        Sys.EventStream.Subscribe(ActorOf(Akka.Actor.Props.Create(() => new Listener(log))), typeof(Warning));
        var desk = ActorOf(TaskDesk.PropsFor(CreateTestProbe().Ref, CreateTestProbe().Ref, _ => null, TimeSpan.FromSeconds(25), guard: adapter => new TaskGuard(_sources, policy, _board, adapter)));
        var (header, json) = TaskPacket.Of(Opcode.DataNodeHeartbeat, new DataNodeHeartbeatRequest(), MasterJson.Default.DataNodeHeartbeatRequest);
        for (var port = 1; port <= 2; port++)
        {
            var reply = new RemoteReply($"10.0.0.9:{port}");
            desk.Tell(new TaskDesk.Task(header, json, reply), Akka.Actor.ActorRefs.NoSender);
            RunUntilIdle();
            Assert.Equal(answer, reply.Answer);
        }

        Assert.Equal(lines, log.Count);
    }

    private sealed class Listener : Akka.Actor.ReceiveActor
    {
        public Listener(List<string> log) => Receive<Warning>(warning => log.Add(warning.Message.ToString()!));
    }

    private sealed class RemoteReply(string remote) : IAdminReply
    {
        public string Answer { get; private set; } = "";
        public string Remote => remote;
        public void Succeed(byte[]? data = null) => Answer = "ok";
        public void Refuse(string text) => Answer = $"refused: {text}";
    }
}
