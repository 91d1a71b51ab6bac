using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>What can be said of a start while it goes on, and after.</summary>
public sealed class StartTimelineTests
{
    private static readonly DateTimeOffset Exec = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly StartTimeline _timeline = new(Exec) { PortsBound = At(0.1) };

    [Fact]
    public void Phases_follow_each_other_from_the_start_of_the_process_on()
    {
        var status = Status(NodePhase.Ready) with { Phases = [new(NodePhase.Binding, At(0.5)), new(NodePhase.Loading, At(0.6)), new(NodePhase.Ready, At(10))] };
        Assert.Equal(
            ["Process 0.1 True", "Ports 0.4 True", "Binding 0.1 True", "Loading 9.4 True", "Ready 5 False"],
            StartReplies.Phases(status, _timeline, At(15)).Select(phase => FormattableString.Invariant($"{phase.Name} {phase.Seconds} {phase.Over}")));
    }

    [Fact]
    public void The_slowest_replicas_are_named_without_the_wait_for_their_turn()
    {
        _timeline.Look(Status(NodePhase.Loading, Loading(1, LoadStage.OpeningLog), Loading(2, LoadStage.Discovered), Loading(3, LoadStage.LoadingExtents)), At(1));
        _timeline.Look(Status(NodePhase.Loading, Serving(1), Loading(2, LoadStage.LoadingExtents), Loading(3, LoadStage.LoadingExtents)), At(3));
        var now = Status(NodePhase.Loading, Serving(1), Serving(2), Loading(3, LoadStage.CatchingUp));
        _timeline.Look(now, At(4));
        Assert.Equal([(3ul, 5d, "CatchingUp"), (1, 2, "Serving"), (2, 1, "Serving")], _timeline.Slowest(now, At(6)).Select(slow => (slow.Id, slow.Seconds, slow.Stage)));
        Assert.Equal(
            new Dictionary<string, double> { ["Discovered"] = 2, ["OpeningLog"] = 2, ["LoadingExtents"] = 4 }, // 1 of the second, 2 + 1 of the third
            _timeline.StageSeconds().ToDictionary(stage => stage.Key, stage => stage.Value));
    }

    [Fact]
    public void The_start_is_over_when_the_node_is_ready_and_what_is_loaded_later_is_no_part_of_it()
    {
        _timeline.Look(Status(NodePhase.Loading, Loading(1, LoadStage.OpeningLog)), At(1));
        Assert.False(_timeline.IsOver);
        _timeline.Look(Status(NodePhase.Ready, Serving(1)), At(2));
        Assert.True(_timeline.IsOver);
        var later = Status(NodePhase.Ready, Loading(1, LoadStage.OpeningLog));
        _timeline.Look(later, At(3));
        Assert.Equal("Serving", Assert.Single(_timeline.Slowest(later, At(9))).Stage);
    }

    [Fact]
    public void A_node_that_is_stopped_before_it_was_ready_has_not_started()
    {
        _timeline.Look(Status(NodePhase.Draining), At(1));
        Assert.False(_timeline.IsOver);
    }

    [Theory]
    [InlineData(DiskState.Loading, 10, 5, 20, 20.0)]
    [InlineData(DiskState.Loading, 10, 10, 20, 0.0)]
    [InlineData(DiskState.Loading, 0, 0, 20, 0.0)]
    [InlineData(DiskState.Loading, 10, 0, 20, null)] // nothing to reckon from
    [InlineData(DiskState.Loading, 10, 5, 0.5, null)] // too early
    [InlineData(DiskState.Opening, -1, 0, 20, null)]
    [InlineData(DiskState.Ready, 10, 10, 20, 0.0)]
    [InlineData(DiskState.Unavailable, -1, 0, 20, 0.0)] // it keeps nobody waiting
    public void The_rest_is_reckoned_from_what_is_done(DiskState state, int found, int settled, double elapsed, double? left) =>
        Assert.Equal(left, LoadEstimate.OfDisk(Disk(state, found, settled), TimeSpan.FromSeconds(elapsed))?.TotalSeconds);

    [Fact]
    public void The_slowest_disk_decides_and_one_that_is_not_known_leaves_all_unknown()
    {
        var elapsed = TimeSpan.FromSeconds(10);
        Assert.Equal(30, LoadEstimate.Of([Disk(DiskState.Loading, 10, 5), Disk(DiskState.Loading, 8, 2), Disk(DiskState.Ready, 9, 9)], elapsed)?.TotalSeconds);
        Assert.Null(LoadEstimate.Of([Disk(DiskState.Loading, 10, 5), Disk(DiskState.Opening, -1, 0)], elapsed));
        Assert.Null(LoadEstimate.Of([], elapsed));
    }

    [Fact]
    public void A_start_says_how_far_it_is()
    {
        var status = Status(NodePhase.Loading, Loading(1, LoadStage.CatchingUp)) with
        {
            Disks = [Disk(DiskState.Loading, 4, 1) with { Reason = "slow" }],
            Phases = [new(NodePhase.Loading, At(1))],
        };
        _timeline.Look(status, At(1));
        var (code, reply) = Probes.Started(status, _timeline, At(11), verbose: false);
        Assert.Equal((503, 0.25, 30.0), (code, reply.Progress, reply.LeftSeconds));
        Assert.Equal(["Process", "Ports", "Loading"], reply.Phases!.Select(phase => phase.Name));

        var start = StartReplies.Describe(status, _timeline, At(11));
        Assert.Equal(("Loading", false, 30.0), (start.Phase, start.Started, start.LeftSeconds));
        Assert.Equal(new StartDisk("/d", "Loading", 4, 1, 0.25, 30, "slow"), Assert.Single(start.Disks));
        Assert.Equal((1ul, 10.0, "CatchingUp", 3ul, 9ul), Assert.Single(start.Slowest) is var slow ? (slow.Id, slow.Seconds, slow.Stage, slow.Done!.Value, slow.Total!.Value) : default);
    }

    [Theory]
    [InlineData(NodePhase.Loading, 0ul, "registration,disk /d,partitions")]
    [InlineData(NodePhase.Loading, 4ul, "disk /d,partitions")]
    [InlineData(NodePhase.Ready, 4ul, "disk /d")] // given up waiting for: it is still to be seen
    [InlineData(NodePhase.Draining, 4ul, "disk /d,not stopping")]
    [InlineData(NodePhase.Binding, 0ul, "ports,registration,disk /d,partitions")]
    public void Readiness_is_made_of_checks_with_names(NodePhase phase, ulong id, string failed)
    {
        var status = Status(phase, Loading(1, LoadStage.OpeningLog)) with { NodeId = id, NotReady = ["x"], Disks = [Disk(DiskState.Loading, 4, 1), Disk(DiskState.Unavailable, -1, 0) with { Path = "/e", Reason = "gone" }] };
        var checks = Probes.Checks(status);
        Assert.Equal(failed, string.Join(',', checks.Where(check => !check.Ok).Select(check => check.Name)));
        Assert.All(checks.Where(check => !check.Ok), check => Assert.NotNull(check.Reason));
        Assert.Contains(new ProbeCheck("disk /e", true, "gone"), checks);
    }

    private static DateTimeOffset At(double seconds) => Exec + TimeSpan.FromSeconds(seconds);

    private static NodeStatus Status(NodePhase phase, params PartitionFigures[] partitions) => new(phase, [], 4, "", [], partitions);

    private static DiskFigures Disk(DiskState state, int found, int settled) => new("/d", state, 0, 0, 0, 0, found, settled, "");

    private static PartitionFigures Loading(ulong id, LoadStage stage) => new(new(id), "v", "/d", PartitionState.Loading, 1, 0, 5, 0, [], [], "", () => null)
    {
        Stage = stage,
        Progress = () => stage == LoadStage.CatchingUp ? new StageProgress(3, 9) : default,
    };

    private static PartitionFigures Serving(ulong id) => Loading(id, LoadStage.Serving) with { State = PartitionState.Serving };
}
