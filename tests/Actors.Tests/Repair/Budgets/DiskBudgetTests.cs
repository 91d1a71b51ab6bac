using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Places and rates of background work, on one thread and in virtual time.</summary>
public sealed class DiskBudgetTests : IDisposable
{
    private const long MiB = 1 << 20;
    private const string PeerA = "10.0.0.1:17310", PeerB = "10.0.0.2:17310";
    private static readonly BudgetSettings Settings = new() { Repair = new(Streams: 2, PerSecond: 0, Floor: 8 * MiB) };
    private readonly VirtualTime _time = new();
    private readonly Queue<Action> _elsewhere = [];
    private int _repairsMax = 100;

    public DiskBudgetTests() => Elsewhere.Simulate(_elsewhere.Enqueue);

    public void Dispose() => Elsewhere.Simulate(null);

    [Fact]
    public void Only_so_many_streams_are_in_and_the_next_comes_when_one_leaves()
    {
        var disk = Make(Settings);
        var (a, b, c) = (Enter(disk), Enter(disk), Enter(disk));
        Assert.Equal((true, true, false), (a.IsCompleted, b.IsCompleted, c.IsCompleted));
        Entered(a).Dispose();
        Assert.True(c.IsCompletedSuccessfully);
        Entered(a).Dispose(); // once more is as once
        Assert.False(Enter(disk).IsCompleted);
    }

    [Fact]
    public void Classes_have_places_of_their_own()
    {
        var disk = Make(Settings);
        Enter(disk);
        Enter(disk);
        Assert.True(Enter(disk, TrafficClass.Scrub, peer: "").IsCompleted);
        Assert.False(Enter(disk, TrafficClass.Scrub, peer: "").IsCompleted); // one reads in order
    }

    [Fact]
    public void A_partition_in_danger_overtakes_those_that_wait_and_who_holds_a_place_is_told()
    {
        var disk = Make(Settings with { Repair = Settings.Repair with { Streams = 1 } });
        var holder = Entered(Enter(disk));
        var calm = Enter(disk);
        Assert.False(holder.IsWanted); // by one that is as little in danger
        var endangered = Enter(disk, urgency: new Urgency(500));
        Assert.True(holder.IsWanted);
        holder.Dispose();
        Assert.Equal((true, false), (endangered.IsCompleted, calm.IsCompleted));
        Assert.False(Entered(endangered).IsWanted);
    }

    [Fact]
    public void A_peer_that_is_full_keeps_out_its_own_streams_alone_on_all_disks()
    {
        var disks = MakeTwo(Settings with { StreamsFromPeer = 1 });
        var first = Enter(disks[0]);
        var second = Enter(disks[1]);
        Assert.False(second.IsCompleted);
        Assert.True(Enter(disks[1], peer: PeerB).IsCompleted);
        Entered(first).Dispose();
        Assert.True(second.IsCompleted);
    }

    [Fact]
    public void The_cluster_s_limit_counts_where_it_is_lower_and_a_higher_one_is_noticed()
    {
        _repairsMax = 1;
        var disk = Make(Settings);
        Enter(disk);
        var second = Enter(disk);
        Assert.False(second.IsCompleted);
        _repairsMax = 2;
        _node!.Refresh();
        Assert.True(second.IsCompleted);
        Assert.False(Enter(disk).IsCompleted); // here the disk's own is lower
    }

    [Fact]
    public void Who_gives_up_waiting_leaves_nothing_behind()
    {
        var disk = Make(Settings with { Repair = Settings.Repair with { Streams = 1 } });
        var holder = Entered(Enter(disk));
        using var cancel = new CancellationTokenSource();
        var waiting = Enter(disk, cancel: cancel.Token);
        cancel.Cancel();
        Assert.True(waiting.IsCanceled);
        holder.Dispose();
        var figures = Repair(_node!.Figures());
        Assert.Equal((0, 0), (figures.Running, figures.Waiting));
        Assert.Equal((0, 0), (_node.Figures().Peers[0].Fetching, _node.Figures().Peers[0].Waiting));
        Assert.True(Enter(disk, cancel: cancel.Token).IsCanceled);
    }

    [Fact]
    public void More_than_may_wait_are_left_for_another_time()
    {
        var disk = Make(Settings with { WaitingMax = 1 });
        for (var i = 0; i < 3; i++) Enter(disk);
        var refused = Enter(disk);
        Assert.IsType<BudgetRefusedException>(refused.Exception!.InnerException);
        Assert.Equal(1, Repair(_node!.Figures()).Refused);
    }

    [Fact]
    public void While_clients_are_busy_the_floor_is_what_all_streams_together_move()
    {
        var threads = new BusyThreads();
        var disk = Make(Settings);
        disk.Watch(threads);
        var paces = new List<long>();
        disk.RepairPaced = paces.Add;
        threads.Load = new ClientLoad(100, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        _node!.Refresh();
        Assert.Equal([8 * MiB], paces);
        var tickets = new[] { Entered(Enter(disk)), Entered(Enter(disk)) };
        long moved = 0;
        foreach (var ticket in tickets) _ = MoveAsync(ticket);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.InRange(moved, 80 * MiB, 83 * MiB);

        for (var look = YieldRules.Held; look < YieldRules.StepMax; look++) // calm again
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            _node.Refresh();
        }

        Assert.Equal(0, paces[^1]);
        Assert.Equal(8 * MiB << (YieldRules.StepMax - 1), paces.Max());

        async Task MoveAsync(BudgetTicket ticket)
        {
            while (_time.Elapsed < TimeSpan.FromSeconds(10))
            {
                await ticket.SpendAsync(MiB, CancellationToken.None).ConfigureAwait(false);
                moved += MiB;
            }
        }
    }

    [Fact]
    public void A_wait_for_the_rate_ends_with_its_cancelling_and_gives_the_place_back()
    {
        var disk = Make(Settings with { Repair = new(1, MiB, MiB) });
        Entered(Enter(disk, bytes: 4 * MiB)).Dispose(); // a full bucket may be overdrawn once
        using var cancel = new CancellationTokenSource();
        var slow = Enter(disk, bytes: MiB, cancel: cancel.Token);
        Assert.False(slow.IsCompleted);
        cancel.Cancel();
        Assert.True(SpinWait.SpinUntil(() => slow.IsCompleted, Patience.Long)); // a cancelled delay of the base library goes on on another thread
        Assert.True(slow.IsCanceled);
        Assert.Equal(0, Repair(_node!.Figures()).Running);
    }

    [Fact]
    public void Bytes_from_one_peer_have_a_rate_of_their_own()
    {
        var disk = Make(Settings with { BytesFromPeer = MiB });
        Entered(Enter(disk, bytes: 2 * MiB)).Dispose();
        var slow = Enter(disk, bytes: MiB);
        Assert.False(slow.IsCompleted);
        Assert.True(Enter(disk, peer: PeerB, bytes: MiB).IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2.1));
        Assert.True(slow.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_source_answers_at_once_and_knows_a_peer_by_its_address_alone()
    {
        var disks = MakeTwo(Settings with { ServesPerDisk = 2, StreamsToPeer = 3 });
        var first = disks[0].TryServe("10.0.0.1:50001", MiB);
        Assert.NotNull(first);
        Assert.NotNull(disks[0].TryServe("10.0.0.1:50002", MiB));
        Assert.Null(disks[0].TryServe("10.0.0.1:50003", MiB)); // the disk
        Assert.NotNull(disks[1].TryServe("[::ffff:10.0.0.1]:50004", MiB));
        Assert.Null(disks[1].TryServe("10.0.0.1:50005", MiB)); // the peer
        Assert.NotNull(disks[1].TryServe(PeerB, MiB));
        first.Dispose();
        first.Dispose();
        Assert.NotNull(disks[0].TryServe("10.0.0.1:50006", MiB));
        var peer = _node!.Figures().Peers[0];
        Assert.Equal(("10.0.0.1", 3, 2L), (peer.Address, peer.Serving, peer.Refused));
    }

    [Fact]
    public void A_peer_that_has_read_its_bytes_of_the_second_is_told_to_come_again()
    {
        var disk = Make(Settings with { BytesToPeer = MiB });
        disk.TryServe(PeerA, MiB)!.Dispose();
        Assert.Null(disk.TryServe(PeerA, MiB));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(disk.TryServe(PeerA, MiB));
    }

    [Fact]
    public void Deletes_beyond_the_rate_of_a_disk_are_left_to_their_sender()
    {
        var disk = Make(Settings with { Delete = new(1, 10, 0) });
        for (var i = 0; i < DeleteRate.Burst; i++) Assert.True(disk.TryDelete());
        Assert.False(disk.TryDelete());
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(disk.TryDelete());
    }

    [Fact]
    public void Peers_with_whom_nothing_goes_on_are_forgotten_before_there_are_too_many()
    {
        var disk = Make(Settings);
        var kept = disk.TryServe(PeerA, 1);
        for (var i = 0; i < 3 * TrafficBudgets.IdlePeersMax; i++) disk.TryServe($"10.1.{i / 256}.{i % 256}:1", 1)!.Dispose();
        Assert.InRange(_node!.Figures().Peers.Count, 1, TrafficBudgets.IdlePeersMax);
        Assert.Contains(_node.Figures().Peers, peer => peer.Address == "10.0.0.1");
        kept!.Dispose();
    }

    private TrafficBudgets? _node;

    private static TrafficFigures Repair(BudgetFigures figures) => figures.Disks[0].Classes.Single(one => one.Class == TrafficClass.Repair);

    private DiskBudget Make(BudgetSettings settings) => MakeTwo(settings)[0];

    private IReadOnlyList<DiskBudget> MakeTwo(BudgetSettings settings)
    {
        SynchronizationContext.SetSynchronizationContext(null); // with that of xunit, which sets it anew for each test, what is awaited would go on elsewhere
        return (_node = new TrafficBudgets(settings, ["/disk0", "/disk1"], _time, () => _repairsMax)).PerDisk;
    }

    /// <summary>What stands on a thread is that thread's: no test here may go on on another one, or who comes after it there finds it.</summary>
    private static BudgetTicket Entered(Task<BudgetTicket> entry)
    {
        Assert.True(entry.IsCompletedSuccessfully);
        return entry.Result;
    }

    private static Task<BudgetTicket> Enter(
        DiskBudget disk, TrafficClass kind = TrafficClass.Repair, string peer = PeerA, long bytes = 0, Urgency urgency = default, CancellationToken cancel = default) =>
        disk.EnterAsync(kind, peer, bytes, cancel, urgency).AsTask();

    private sealed class BusyThreads : IWorkQueue
    {
        public ClientLoad Load { get; set; }

        ClientLoad IWorkQueue.ClientLoad => Load;

        public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client) => false;
    }
}
