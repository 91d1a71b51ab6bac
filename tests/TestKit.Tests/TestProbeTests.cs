using Akka.Actor;

namespace CubeActors.TestKit.Tests;

public sealed class TestProbeTests : ActorTest
{
    [Fact]
    public void A_probe_sends_as_itself_answers_and_forwards()
    {
        var (client, server, backend) = (CreateTestProbe(), CreateTestProbe("server"), CreateTestProbe());
        client.Send(server, "question");
        server.ExpectMsg("question");
        Assert.Equal(client.Ref, server.LastSender);
        server.Forward(backend);
        backend.ExpectMsgFrom(client, "question");
        backend.Reply("answer");
        client.ExpectMsgFrom(backend, "answer");
        Assert.EndsWith("/server", server.Ref.Path.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_probe_stands_for_its_actor_wherever_a_reference_is_asked_for()
    {
        var probe = CreateTestProbe();
        IActorRef reference = probe;
        Assert.True(reference.Equals(probe.Ref));
        Assert.True(probe.Ref.Equals(reference));
        Assert.Equal(probe.Ref.GetHashCode(), reference.GetHashCode());
        Watch(probe);
        Sys.Stop(probe);
        ExpectTerminated(probe);
    }

    [Fact]
    public void Probes_do_not_see_each_others_messages()
    {
        var (a, b) = (CreateTestProbe(), CreateTestProbe());
        a.Ref.Tell("for a");
        b.ExpectNoMsg();
        ExpectNoMsg();
        a.ExpectMsg("for a");
    }

    [Fact]
    public void A_pilot_answers_in_the_probes_place_until_it_ends()
    {
        var probe = CreateTestProbe();
        var left = 2;
        probe.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell($"re: {message}");
            return --left > 0 ? AutoPilot.KeepRunning : AutoPilot.NoAutoPilot;
        }));
        foreach (var m in (string[])["1", "2", "3"]) probe.Ref.Tell(m, TestActor);
        ExpectMsg("re: 1");
        ExpectMsg("re: 2");
        ExpectNoMsg();
        Assert.Equal(["1", "2", "3"], probe.ReceiveN(3));
    }
}
