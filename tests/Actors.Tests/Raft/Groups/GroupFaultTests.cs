using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A group ends: by a fault of its log or its state machine, or by order. Whoever waits is told, and nothing is left behind.</summary>
public sealed class GroupFaultTests : GroupScenario
{
    [Fact]
    public void A_fault_of_the_log_ends_the_group_and_all_that_waits_for_it()
    {
        Lead();
        Fails = call => IsLog(call) && call.Operation == DiskOperation.Write ? DiskFault.MediaError : null;
        var proposal = Propose();
        RunUntilIdle();

        Assert.True(Assert.IsType<DiskFaultException>(Failure).IsMediaError);
        Assert.Equal([ProposalOutcome.GroupEnded], proposal.Outcomes);
        Assert.False(Port.IsAlive(Time.GetTimestamp())); // no echo any more: an echo keeps a leader in office
        Assert.Equal(ProposeFailure.NotLeader, TryPropose().Item2);
        Assert.False(Port.TryRun(_ => { }));
        Assert.Equal(0, Buffers.Outstanding);
    }

    [Fact]
    public void What_was_written_by_a_log_that_failed_is_never_acknowledged()
    {
        StartGroup();
        Fails = call => IsLog(call) && call.Operation == DiskOperation.Write ? DiskFault.NoSpace : null;

        DeliverAppend(Two, term: 1, before: default, commit: 0, Command(7));

        Assert.NotNull(Failure);
        Assert.Empty(Transport.Of(RaftMessageType.AppendReply));
    }

    [Fact]
    public void A_fault_of_the_state_machine_ends_the_group()
    {
        Lead();
        Fails = call => call.Operation == DiskOperation.Write && call.Name == Extent.ToString() ? DiskFault.MediaError : null;
        var proposal = Propose();
        RunUntilIdle();
        Ack(Two, 2);

        Assert.True(Assert.IsType<DiskFaultException>(Failure).IsMediaError);
        Assert.Equal([ProposalOutcome.GroupEnded], proposal.Outcomes);
        Assert.Equal(0ul, Replica.Machine.Applied);
        Assert.InRange(Replica.Files.OpenFiles, 1, FilesOfTheStore); // its log is closed
    }

    [Fact]
    public void An_entry_that_cannot_be_understood_ends_the_group_by_its_number()
    {
        StartGroup();

        DeliverAppend(Two, term: 1, before: default, commit: 1, [1, 2, 3]);
        Tick();

        Assert.Contains("entry 1 of its raft log holds 3 bytes that are no command", Assert.IsType<StorageCorruptException>(Failure).Message);
    }

    [Fact]
    public void A_full_disk_under_the_state_machine_is_waited_for()
    {
        Lead();
        Fails = call => call.Operation == DiskOperation.Write && call.Name == Extent.ToString() ? DiskFault.NoSpace : null;
        var proposal = Propose();
        RunUntilIdle();
        Ack(Two, 2);
        Tick(3, echo: true);
        Assert.Empty(proposal.Outcomes);

        Fails = null;
        Tick(echo: true);

        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
        Assert.Null(Failure);
    }

    [Fact]
    public void Stopped_by_order_it_refuses_what_waits_makes_its_log_durable_and_says_so()
    {
        Lead();
        ExpectMsg<RaftGroup.CaughtUp>();
        var inLog = Propose();
        RunUntilIdle();
        Group.Tell(new RaftGroup.Stop());
        var waiting = Propose(); // taken before the stop has its turn

        ExpectMsg<RaftGroup.Stopped>(stopped => Assert.Null(stopped.Problem));
        Assert.Equal([ProposalOutcome.GroupEnded], inLog.Outcomes);
        Assert.Equal([ProposalOutcome.GroupEnded], waiting.Outcomes);
        Group = ActorRefs.Nobody;
        Assert.Equal((0L, 0), (Buffers.Outstanding, Replica.Files.OpenFiles - FilesOfTheStore));
        Replica.Files.PowerCut();
        Assert.Equal(2ul, Reopened().Last.Index); // also what was not committed yet
    }

    [Fact]
    public void Stopped_while_the_disk_stands_it_waits_for_the_entry_under_way()
    {
        Lead();
        ExpectMsg<RaftGroup.CaughtUp>();
        var proposal = Propose();
        RunUntilIdle();
        Disk.Hold();
        Ack(Two, 2);

        Group.Tell(new RaftGroup.Stop());
        ExpectNoMsg();
        Assert.Empty(proposal.Outcomes);

        Disk.Resume();
        Until(() => HasMessages, "the group has stopped");
        ExpectMsg<RaftGroup.Stopped>();
        Assert.Equal([ProposalOutcome.GroupEnded], proposal.Outcomes);
        Group = ActorRefs.Nobody;
    }

    [Fact]
    public void A_log_that_cannot_be_made_durable_is_told_when_the_group_is_stopped()
    {
        Lead();
        ExpectMsg<RaftGroup.CaughtUp>();
        Propose();
        RunUntilIdle();
        Fails = call => IsLog(call) && call.Operation == DiskOperation.Sync ? DiskFault.MediaError : null;

        StopGroup();

        ExpectMsg<RaftGroup.Stopped>(stopped => Assert.Contains("sync", stopped.Problem, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void After_a_fault_the_log_is_closed_only_when_the_applier_has_left_it()
    {
        Settings = Settings with { CacheBytesMax = 0 }; // so that it reads from the log
        Lead();
        Disk.Hold();
        Propose();
        RunUntilIdle();
        Ack(Two, 2);
        var open = Replica.Files.OpenFiles;

        Group.Tell(Kill.Instance);
        RunUntilIdle();
        Assert.NotNull(Failure);
        Assert.Equal(open, Replica.Files.OpenFiles);

        Disk.Resume();
        Until(() => Replica.Files.OpenFiles < open, "the log is closed");
    }

    [Fact]
    public void A_read_that_waits_when_the_group_ends_is_told()
    {
        Lead();
        var read = new OneRead();
        Port.Read(read);
        RunUntilIdle();
        Assert.Null(read.Granted);

        StopGroup();

        Assert.False(read.Granted);
    }

    private const int FilesOfTheStore = 5; // ids, block CRCs, two delete logs, the one extent

    private RaftLogReport Reopened()
    {
        Replica.Files.Fault = null;
        using var log = RaftLog.Open(Replica.Files, $"{Replica.Directory}/wal_21", new RaftLogSettings(Time), 0, new RaftLogStaging());
        return log.Report;
    }

    private sealed class OneRead : ILeaderRead
    {
        public bool? Granted { get; private set; }

        public void LeaderReadDecided(bool granted) => Granted = granted;
    }
}
