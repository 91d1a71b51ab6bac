using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;
using CubeActors.TestKit.Work;

namespace CubeActors.Actors.Tests;

/// <summary>One group with its real core, log and state machine on a simulated disk, in virtual time; the other members are the test.</summary>
/// <remarks>This replica is node 1 of 1, 2, 3. At the end all buffers are back and all commands have ended once.</remarks>
public abstract class GroupScenario : ActorTest
{
    private protected static readonly NodeId Self = new(1), Two = new(2), Three = new(3);
    private const int TicksToElect = 14; // promise after the start, and twice an election

    private readonly List<TestProposal> _proposals = [];
    private RaftLogWriter? _writer;
    private byte _lastValue;

    private protected GroupScenario()
    {
        Replica = new TestReplica(Time);
        (Disk, LogDisk) = (new ManualDiskThreads(Loop), new ManualDiskThreads(Loop));
        Extent = Replica.NewExtent(new byte[4096]);
    }

    private protected TestReplica Replica { get; }

    /// <summary>Threads of the disk: applies entries, reads the log back.</summary>
    private protected ManualDiskThreads Disk { get; }

    /// <summary>The thread that writes the log.</summary>
    private protected ManualDiskThreads LogDisk { get; }
    private protected BufferPool Buffers { get; } = new(64 << 20);
    private protected ScriptedTransport Transport { get; } = new();
    private protected RaftGroupSettings Settings { get; set; } = RaftWorld.Groups;
    private protected RaftSettings Core { get; set; } = new();
    private protected RaftLogWriterSettings LogSettings { get; set; } = new();
    private protected ExtentId Extent { get; }
    private protected RaftNode Node { get; private set; } = null!;
    private protected RaftGroupPort Port { get; private set; } = null!;
    private protected IActorRef Group { get; set; } = ActorRefs.Nobody;
    private protected StoreUsage Usage { get; private set; } = new();

    /// <summary>Why the group ended, if by a fault.</summary>
    private protected Exception? Failure { get; private set; }

    /// <summary>What the group says of itself now: it is given a turn for it. What must come without one is asserted by its own sign, before.</summary>
    private protected RaftGroupStatus Status
    {
        get
        {
            var now = Port.Status; // as of the last tick
            Port.TryRun(group => now = new RaftGroupStatus(
                group.Core.Role, group.Core.Leader, group.Core.Term, group.Core.Commit, group.Core.Applied, group.Core.Last.Index, group.Core.Truncated,
                [.. group.Core.Members.Select(member => new RaftMemberStatus(member.Member, member.Match, IsActive: true))]));
            RunUntilIdle();
            return now;
        }
    }

    /// <summary>How far the replica is when its group starts.</summary>
    private protected LoadStage Stage { get; set; } = LoadStage.Serving;

    /// <summary>Members that were asked to lead, by address, each answered with <see cref="AskedAnswer"/>.</summary>
    private protected List<string> AskedToLead { get; } = [];

    private protected string? AskedAnswer { get; set; }

    /// <summary>Where the log's writes went since the start of the group, as file names.</summary>
    private protected List<string> LogWrites { get; } = [];

    private protected void StartGroup(params NodeId[] members)
    {
        if (members.Length == 0) members = [Self, Two, Three];
        var log = RaftLog.Open(
            Replica.Files, $"{Replica.Directory}/{RaftLog.DirectoryName(TestReplica.Partition)}", new RaftLogSettings(Time), Replica.Machine.Applied, new RaftLogStaging());
        var report = log.Report;
        var boot = new RaftBoot
        {
            Group = TestReplica.Partition,
            Self = Self,
            State = report.HardState,
            Truncated = report.Truncated,
            Runs = report.Terms,
            LastIndex = report.Last.Index,
            Applied = report.Applied,
            Members = members,
        };
        _writer ??= new RaftLogWriter(LogDisk, LogDisk, Time, LogSettings);
        Node ??= new RaftNode(new RaftAddresses(), Transport, Settings, Time);
        Port = new RaftGroupPort(TestReplica.Partition, Self, Settings, Time);
        Node.Join(Port);
        Usage = new StoreUsage();
        Replica.Files.Fault = Watch;
        var parts = new RaftGroupParts(Port, boot, log, _writer, Transport, Replica.Machine, Usage, Disk, Buffers, Settings, Core, Time, new Random(1))
        {
            Stage = Stage,
            AskToLead = (_, address) =>
            {
                AskedToLead.Add(address);
                return Task.FromResult(AskedAnswer);
            },
        };
        var test = TestActor;
        Action<Exception> failed = cause => Failure = cause;
        Action<IActorRef> started = group => Group = group;
        ActorOf(Props.Create(() => new Parent(RaftGroup.PropsFor(parts), test, failed, started)));
        RunUntilIdle();
    }

    /// <summary>Asked before each call to the disk; an answer makes it fail.</summary>
    private protected Func<DiskCall, DiskFault?>? Fails { get; set; }

    private protected static bool IsLog(in DiskCall call) => call.Path.Contains("/wal_", StringComparison.Ordinal);

    private protected void Tick(int count = 1, bool echo = false)
    {
        for (var i = 0; i < count; i++)
        {
            if (echo) Deliver(new RaftMessage { Type = RaftMessageType.HeartbeatReply, From = Two });
            Advance(Settings.Tick);
        }
    }

    /// <summary>A message of another member, in the group and the present term unless it says otherwise.</summary>
    private protected void Deliver(RaftMessage message)
    {
        Port.Deliver(message with
        {
            Group = TestReplica.Partition,
            To = Self,
            Term = message.Term == 0 && message.Type is not (RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply) ? Port.Status.Term : message.Term,
        });
        RunUntilIdle();
    }

    /// <summary>This replica is elected with the vote of node 2. Its first entry is in its log and not committed yet.</summary>
    private protected void Elect()
    {
        for (var i = 0; i < TicksToElect && !Transport.Of(RaftMessageType.PreVote).Any(); i++) Tick();
        Deliver(new RaftMessage { Type = RaftMessageType.PreVoteReply, From = Two, Term = Transport.Of(RaftMessageType.PreVote).Last().Term });
        Deliver(new RaftMessage { Type = RaftMessageType.VoteReply, From = Two, Term = Transport.Of(RaftMessageType.Vote).Last().Term });
        Assert.Equal(RaftRole.Leader, Status.Role);
    }

    /// <summary>Elected, and its first entry is committed and applied.</summary>
    private protected void Lead()
    {
        StartGroup();
        Elect();
        Ack(Two, Status.Last);
        Assert.Equal((Status.Last, Status.Last), (Status.Commit, Status.Applied));
        Transport.Forget();
        LogWrites.Clear();
    }

    private protected void Ack(NodeId from, ulong index) => Deliver(new RaftMessage { Type = RaftMessageType.AppendReply, From = from, Index = index, Commit = 0 });

    /// <summary>A command that writes the next number to the byte of that number.</summary>
    private protected TestProposal Propose(int dataBytes = 1)
    {
        var (proposal, failure) = TryPropose(dataBytes);
        Assert.Null(failure);
        return proposal;
    }

    private protected (TestProposal, ProposeFailure?) TryPropose(int dataBytes = 1)
    {
        var value = ++_lastValue;
        var command = TestReplica.Overwrite(Extent, value, [.. Enumerable.Repeat(value, dataBytes)]);
        Assert.True(Buffers.TryRent(command.Length, out var lease));
        command.CopyTo(lease.Data);
        var proposal = new LeasedProposal(lease, command.Length);
        var failure = Port.TryPropose(proposal);
        if (failure is not null) lease.Release();
        else _proposals.Add(proposal);
        return (proposal, failure);
    }

    /// <summary>An append as it arrives: entries of one term in one buffer.</summary>
    private protected void DeliverAppend(NodeId from, ulong term, LogPosition before, ulong commit, params byte[][] commands)
    {
        var bytes = commands.Sum(command => RaftEntryHeader.SizedBytes + command.Length);
        Assert.True(Buffers.TryRent(RaftFrame.MessageBytes + bytes, out var buffer));
        var message = new RaftMessage
        {
            Type = RaftMessageType.Append,
            Group = TestReplica.Partition,
            From = from,
            To = Self,
            Term = term,
            LogTerm = before.Term,
            Index = before.Index,
            Commit = commit,
        };
        var at = BufferLease.HeadroomBytes;
        at += RaftFrame.WriteAppend(buffer.Array.AsSpan(at), message, commands.Length, bytes);
        var index = before.Index;
        foreach (var command in commands)
        {
            at += new RaftEntryHeader(RaftEntryType.Normal, term, ++index, command.Length).WriteSized(buffer.Array.AsSpan(at));
            command.CopyTo(buffer.Array, at);
            at += command.Length;
        }

        Assert.Equal(
            DecodeStatus.Complete,
            RaftFrame.TryRead(buffer.Array.AsSpan(BufferLease.HeadroomBytes, at - BufferLease.HeadroomBytes), 2 << 20, BufferLease.HeadroomBytes, out var frame));
        Port.DeliverAppend(frame.Message, frame.Entries, buffer);
        buffer.Release();
        RunUntilIdle();
    }

    /// <summary>The overwrite that writes a number to the byte of that number.</summary>
    private protected byte[] Command(byte value) => TestReplica.Overwrite(Extent, value, [value]);

    private protected byte Byte(int at) => Replica.Read(Extent, at, 1)[0];

    /// <summary>For what a task's continuation has a part in, which may run on another thread. Virtual time stands still.</summary>
    private protected void Until(Func<bool> condition, string what) => Assert.True(Loop.RunUntil(condition, Patience.Long), what);

    private protected void StopGroup()
    {
        Disk.Resume();
        LogDisk.Resume();
        if (Failure is not null || Group.IsNobody()) return;
        Group.Tell(new RaftGroup.Stop());
        Until(() => !Port.TryRun(static _ => { }) && _writer!.OutstandingFor == TimeSpan.Zero, "the group has stopped");
        Group = ActorRefs.Nobody;
    }

    protected override void AfterAll()
    {
        StopGroup();
        RunUntilIdle();
        Node?.Dispose();
        _writer?.Dispose();
        Assert.Equal(0, Buffers.Outstanding);
        Assert.All(_proposals, proposal => Assert.Single(proposal.Outcomes));
    }

    private DiskFault? Watch(DiskCall call)
    {
        if (call.Operation == DiskOperation.Write && IsLog(call)) LogWrites.Add(call.Name);
        return Fails?.Invoke(call);
    }

    /// <summary>As the data path: holds its lease until the command has ended.</summary>
    private sealed class LeasedProposal(BufferLease lease, int bytes) : TestProposal(lease, bytes)
    {
        public override void ProposalEnded(ProposalOutcome outcome)
        {
            base.ProposalEnded(outcome);
            Lease.Release();
        }
    }

    private sealed class Parent : ReceiveActor
    {
        private readonly Action<Exception> _failed;

        public Parent(Props group, IActorRef test, Action<Exception> failed, Action<IActorRef> started)
        {
            _failed = failed;
            started(Context.Watch(Context.ActorOf(group, "raft")));
            ReceiveAny(test.Tell);
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(-1, TimeSpan.FromMilliseconds(-1), cause =>
        {
            _failed(cause);
            return Akka.Actor.Directive.Stop;
        });
    }
}
