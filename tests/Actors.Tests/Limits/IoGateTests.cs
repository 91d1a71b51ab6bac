using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Turns on a limited disk. The clock is the test's. Source: control-plane 1.2, data-plane 6, storage-and-repair 6.1.</summary>
public sealed class IoGateTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Without_a_limit_a_gate_says_so_and_lets_everything_pass()
    {
        using var gate = new IoGate(IoKind.Write, _time);
        Assert.False(gate.IsLimited);
        Assert.Equal(Admission.Admitted, gate.Enter(new Turn(), 1 << 30, takesSlot: true, mayBeRefused: true));
    }

    [Fact]
    public void Only_so_many_are_in_at_a_time_and_who_waits_comes_in_order()
    {
        using var gate = Gate(IoKind.AsyncWrite, new(Concurrent: 2, 0, 0));
        var turns = Enumerable.Range(0, 5).Select(_ => new Turn()).ToList();
        Assert.Equal([Admission.Admitted, Admission.Admitted, Admission.Waits, Admission.Waits, Admission.Waits], turns.Select(turn => Enter(gate, turn)));
        IoGate.Exit(turns[1]);
        Assert.Equal([true, null, null], turns[2..].Select(turn => turn.Answer));
        IoGate.Exit(turns[0]);
        IoGate.Exit(turns[2]);
        Assert.Equal([true, true, true], turns[2..].Select(turn => turn.Answer));
        Assert.Equal((2, 0), (gate.Figures().Running, gate.Figures().Waiting));
    }

    [Fact]
    public void Bytes_of_a_second_pass_within_a_second_and_a_half_full_bucket_at_once()
    {
        using var gate = Gate(IoKind.Read, new(0, 0, BytesPerSecond: 1000));
        var turns = Enumerable.Range(0, 4).Select(_ => new Turn()).ToList();
        Assert.Equal(Admission.Admitted, gate.Enter(turns[0], 500, true, true)); // the burst is half of the rate
        Assert.Equal(Admission.Waits, gate.Enter(turns[1], 100, true, true));
        Assert.Equal(Admission.Waits, gate.Enter(turns[2], 100, true, true));
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Null(turns[1].Answer);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal((true, (bool?)null), (turns[1].Answer, turns[2].Answer));
        _time.Advance(TimeSpan.FromMilliseconds(101));
        Assert.True(turns[2].Answer);
    }

    [Fact]
    public void What_is_larger_than_the_burst_is_delayed_and_never_refused()
    {
        using var gate = Gate(IoKind.Write, new(0, 0, BytesPerSecond: 1000));
        Assert.Equal(Admission.Admitted, gate.Enter(new Turn(), 131072, true, true));
        var next = new Turn();
        Assert.Equal(Admission.Waits, gate.Enter(next, 1, true, true));
        _time.Advance(TimeSpan.FromSeconds(130));
        Assert.Null(next.Answer);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(next.Answer);
    }

    [Fact]
    public void Of_writes_eight_times_the_concurrency_may_wait_then_they_are_refused()
    {
        using var gate = Gate(IoKind.Write, new(Concurrent: 1, 0, 0));
        Assert.Equal(Admission.Admitted, Enter(gate, new Turn()));
        for (var i = 0; i < 8; i++) Assert.Equal(Admission.Waits, Enter(gate, new Turn()));
        Assert.Equal(Admission.Refused, Enter(gate, new Turn()));
        Assert.Equal(Admission.Waits, gate.Enter(new Turn(), 0, true, mayBeRefused: false)); // a create, or what a raft log applies
    }

    [Fact]
    public void A_read_waits_three_seconds_for_its_turn_on_a_busy_disk()
    {
        using var gate = Gate(IoKind.Read, new(Concurrent: 1, 0, 0));
        Enter(gate, new Turn());
        var late = new Turn();
        Assert.Equal(Admission.Waits, Enter(gate, late));
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Null(late.Answer);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.False(late.Answer);
    }

    [Fact]
    public void A_ticket_that_is_taken_back_is_not_told_and_holds_nothing()
    {
        using var gate = Gate(IoKind.AsyncRead, new(Concurrent: 1, 0, 0));
        var (first, gone, last) = (new Turn(), new Turn(), new Turn());
        Enter(gate, first);
        Enter(gate, gone);
        Enter(gate, last);
        Assert.True(gate.Withdraw(gone));
        Assert.False(gate.Withdraw(gone));
        IoGate.Exit(first);
        Assert.Equal(((bool?)null, true), (gone.Answer, last.Answer));
    }

    [Fact]
    public void A_limit_that_is_lifted_lets_in_all_who_wait_and_those_inside_leave_as_they_came()
    {
        using var gate = Gate(IoKind.Delete, new(Concurrent: 1, 0, 0));
        var turns = Enumerable.Range(0, 3).Select(_ => new Turn()).ToList();
        foreach (var turn in turns) Enter(gate, turn);
        gate.Set(default, ratesApply: true, 8);
        Assert.Equal([null, true, true], turns.Select(turn => turn.Answer));
        foreach (var turn in turns) IoGate.Exit(turn);
        Assert.Equal(0, gate.Figures().Running);
        Assert.False(gate.IsLimited);
    }

    [Fact]
    public void Operations_that_a_batch_turned_out_to_have_are_paid_for_by_whoever_comes_next()
    {
        using var gate = Gate(IoKind.Delete, new(0, OperationsPerSecond: 100, 0));
        Assert.Equal(Admission.Admitted, Enter(gate, new Turn()));
        gate.Charge(149); // 150 in all, of which 50 were saved up
        var next = new Turn();
        Assert.Equal(Admission.Waits, Enter(gate, next));
        _time.Advance(TimeSpan.FromMilliseconds(1000));
        Assert.Null(next.Answer);
        _time.Advance(TimeSpan.FromMilliseconds(12));
        Assert.True(next.Answer);
    }

    [Fact]
    public void A_pace_counts_beside_what_was_configured_and_is_not_shown_as_such()
    {
        using var gate = Gate(IoKind.AsyncRead, new(Concurrent: 100, 0, 0));
        gate.Pace(8 << 20);
        Assert.Equal(Admission.Admitted, gate.Enter(new Turn(), 1 << 20, takesSlot: true, mayBeRefused: false)); // a megabyte may be saved up
        var next = new Turn();
        Assert.Equal(Admission.Waits, gate.Enter(next, 131072, takesSlot: true, mayBeRefused: false));
        Assert.Equal(0, gate.Figures().Bytes);
        _time.Advance(TimeSpan.FromMilliseconds(18));
        Assert.True(next.Answer);
        var last = new Turn();
        Assert.Equal(Admission.Waits, gate.Enter(last, 1 << 20, takesSlot: true, mayBeRefused: false));
        gate.Pace(0); // clients are quiet
        Assert.True(last.Answer);
    }

    [Fact]
    public void The_master_s_limits_win_where_they_are_above_none_and_only_with_its_switch()
    {
        var node = new NodeGate();
        var settings = DiskQosSettings.Default with { Read = new(0, 50, 60), Write = new(0, 0, 70) };
        using var limits = new NodeLimits(settings, ["/data"], _time, node);
        var disk = limits.PerDisk[0];
        Assert.False(disk[IoKind.Read].IsLimited); // no master has said that clients are limited
        Assert.True(disk[IoKind.AsyncRead].IsLimited); // a hundred at a time, as CubeFS
        node.Disks = DiskPolicies.None with { QosEnabled = true, Rates = new DiskRates(ReadBytes: 1000, WriteBytes: 0, ReadOperations: 0, WriteOperations: 9) };
        limits.Refresh();
        Assert.Equal((50L, 1000L), (disk[IoKind.Read].Figures().Operations, disk[IoKind.Read].Figures().Bytes));
        Assert.Equal((9L, 70L), (disk[IoKind.Write].Figures().Operations, disk[IoKind.Write].Figures().Bytes));
        ((IDiskQos)limits).Change(now => now with { IsEnabled = false });
        Assert.False(disk[IoKind.Read].IsLimited);
        ((IDiskQos)limits).Change(now => now.With(IoKind.AsyncRead, new(-5, -1, -1)) with { IsEnabled = true });
        Assert.False(disk[IoKind.AsyncRead].IsLimited);
        Assert.True(disk[IoKind.Read].IsLimited);
    }

    [Fact]
    public async Task A_place_passes_to_whoever_waits_longest_and_a_wait_can_be_given_up()
    {
        var limit = new CountLimit();
        await limit.EnterAsync(1, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var gone = limit.EnterAsync(1, cancel.Token);
        var next = limit.EnterAsync(1, CancellationToken.None);
        Assert.False(limit.TryEnter(1));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        limit.Exit();
        await next;
        Assert.Equal(1, limit.Inside);
        limit.Exit();
        Assert.Equal(0, limit.Inside);
    }

    private static Admission Enter(IoGate gate, Turn turn) => gate.Enter(turn, 0, takesSlot: true, mayBeRefused: true);

    private IoGate Gate(IoKind kind, DiskClassLimits limits)
    {
        var gate = new IoGate(kind, _time);
        gate.Set(limits, ratesApply: true, 8);
        return gate;
    }

    private sealed class Turn : IoTicket
    {
        public bool? Answer { get; private set; }

        internal override void Answered(bool admitted) => Answer = admitted;
    }
}
