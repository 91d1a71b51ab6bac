using Akka.Actor;
using CubeActors.Persistence;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.TestKit;

namespace CubeActors.ControlPlane.Tests;

/// <summary>A cluster actor in virtual time with a real state file, whose nodes are one probe and whose collector is another.</summary>
public abstract class ClusterScenario : ActorTest
{
    private readonly string _directory = Directory.CreateTempSubdirectory("master-").FullName;
    private SqliteJournal? _journal;
    private int _lives;

    protected ClusterScenario()
    {
        Nodes = CreateTestProbe("nodes");
        Collector = CreateTestProbe("collector");
        Cluster = StartCluster();
    }

    /// <summary>Gets what is told to the links; <see cref="RunTask"/> names the node.</summary>
    protected TestProbe Nodes { get; }
    protected TestProbe Collector { get; }
    protected IActorRef Cluster { get; private set; }

    private protected MasterOptions Options => new()
    {
        Listen = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
        DataDirectory = _directory,
        ClusterName = "test",
        Time = Time,
        Random = new Random(1),
    };

    /// <summary>Ends the actor and its journal, as a stop of the process does, and starts both again on the same file.</summary>
    protected void Restart()
    {
        Watch(Cluster);
        RunUntilIdle();
        Sys.Stop(Cluster);
        ExpectTerminated(Cluster);
        _journal!.Dispose();
        Cluster = StartCluster();
    }

    private protected T Ask<T>(object question)
    {
        Cluster.Tell(question, TestActor);
        return ExpectMsg<T>();
    }

    private protected ulong Register(int node)
    {
        var id = Ask<NodeId>(new Register(new RegisterNode(Build.Address(node), "17330", "17340", "default", 1)));
        return id.Value;
    }

    /// <summary>Posts the answer to a heartbeat.</summary>
    private protected void Report(int node, params PartitionReport[] reports)
    {
        var task = AdminTask.For(Opcode.DataNodeHeartbeat, Build.Address(node), default, 1, "r", new DataNodeHeartbeatRequest(), MasterJson.Default.DataNodeHeartbeatRequest)
            .Answered(Build.Heartbeat(reports), MasterJson.Default.DataNodeHeartbeatResponse);
        Cluster.Tell(new TaskAnswered(task), TestActor);
        RunUntilIdle();
    }

    /// <summary>Registers nodes 1 to <paramref name="count"/> and lets each report once.</summary>
    private protected void StartNodes(int count)
    {
        for (var node = 1; node <= count; node++)
        {
            Register(node);
            Report(node);
        }
    }

    /// <summary>The next task to any node.</summary>
    private protected (AdminTask Task, IActorRef Link) NextTask(Opcode opcode)
    {
        var run = Nodes.FishForMessage<RunTask>(run => run.Task.OpCode == (byte)opcode);
        return (run.Task, Nodes.Sender);
    }

    private protected void Answer(AdminTask task, string? error = null) =>
        Cluster.Tell(new TaskEnded(task.OperatorAddr, task, error, error is null && task.OpCode == (byte)Opcode.CreateDataPartition ? "/disk" : ""), TestActor);

    /// <summary>Orders a volume and has all nodes do what they are told; the answer has arrived when this returns.</summary>
    private protected void CreateVolume(int partitions = 1, int replicas = 2)
    {
        Cluster.Tell(new Create(Build.Volume(replicas: replicas, partitions: partitions)), TestActor);
        for (var i = 0; i < partitions * replicas; i++) Answer(NextTask(Opcode.CreateDataPartition).Task);
        ExpectMsg<string>(text => text.Contains("successfully", StringComparison.Ordinal));
    }

    /// <summary>All tasks that wait at the nodes.</summary>
    private protected IReadOnlyList<AdminTask> TasksTold()
    {
        RunUntilIdle();
        var tasks = new List<AdminTask>();
        while (Nodes.HasMessages)
            if (Nodes.ReceiveOne() is RunTask run) tasks.Add(run.Task);
        return tasks;
    }

    private protected sbyte StatusOf(ulong partition) => Ask<DataPartitionInfo>(new GetPartition(partition)).Status;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _journal?.Dispose();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private IActorRef StartCluster()
    {
        _journal = SqliteJournal.Open(Path.Combine(_directory, MasterHost.StateFileName), ClusterFormat.Registry(), Options.Journal with { RunOn = Loop.Post });
        var children = new ClusterChildren((_, _) => Relay.PropsFor(Nodes), _ => Relay.PropsFor(Collector));
        var cluster = Sys.ActorOf(ClusterActor.PropsFor(_journal, Options, children), $"cluster-{++_lives}");
        cluster.Tell(new AwaitRecovered(), TestActor);
        ExpectMsg<AwaitRecovered>();
        return cluster;
    }

    /// <summary>Stands where a child would, and passes on all that it is told.</summary>
    private sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef probe) => ReceiveAny(probe.Forward);

        public static Props PropsFor(TestProbe probe)
        {
            var target = probe.Ref;
            return Props.Create(() => new Relay(target));
        }
    }
}
