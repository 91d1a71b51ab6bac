using Akka.Actor;
using CubeActors.Persistence;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>The ledger over restarts, kills, and files that cannot be written or read.</summary>
public sealed class OperationLedgerTests : LedgerTest
{
    [Fact]
    public void What_has_ended_and_its_alerts_are_there_after_a_restart()
    {
        Start();
        var done = Begin(OperationKind.RepairTask, detail: "fetches 3 extents");
        done.Progress(3, 3, "extents");
        done.Finish("3 repaired");
        var failed = Begin(OperationKind.MemberChange);
        failed.Fail("no raft leader");
        Board.Alert(new OperationAlert(OperationAlertKind.ReplyMismatch, done.Id, Seven, 1025, "10.0.0.2:17310", "op 09", "op 0a"));
        Write();
        var before = All;
        Stop();

        Start();
        Assert.Equal(before, All);
        Assert.Equal(("3 repaired", new OperationProgress(3, 3, "extents"), "fetches 3 extents"), (Of(done).Result, Of(done).Progress, Of(done).Detail));
        Assert.Equal((OperationAlertKind.ReplyMismatch, 1025UL, "op 0a"), (Board.Alerts[0].Kind, Board.Alerts[0].Extent, Board.Alerts[0].Got));
        Assert.True(Board.Figures.IsKept);
        Assert.Empty(Warnings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_start_closes_what_the_end_of_the_process_cut_off_and_says_so(bool isKilled)
    {
        Start();
        var task = Begin(OperationKind.RepairTask);
        task.Progress(4, 10, "extents");
        Write();
        if (isKilled) Kill();
        else Stop(); // nobody ended it

        Start();
        var entry = Assert.Single(All);
        Assert.Equal((task.Id, OperationState.Interrupted, "the node ended while it ran", 4), (entry.Id, entry.State, entry.Result, (int)entry.Progress.Done));
        Assert.Equal((OperationAlertKind.Interrupted, task.Id), (Board.Alerts.Single().Kind, Board.Alerts.Single().Operation));
        Assert.Contains("Alert Interrupted", Assert.Single(Warnings));
        Assert.Equal(1, Board.Figures.Kinds[(int)OperationKind.RepairTask].Interrupted);
        Write();
        Kill();

        Start(); // it is closed for good, and said once
        Assert.Equal(OperationState.Interrupted, Assert.Single(All).State);
        Assert.Single(Board.Alerts);
        Assert.Empty(Warnings);
    }

    [Fact]
    public void A_copy_that_goes_on_takes_over_the_entry_of_the_process_before_with_its_progress()
    {
        Start();
        var first = Begin(OperationKind.Rebuild);
        first.Progress(5000, 10_000, "1/10000");
        Write();
        Kill();

        Start(settles: false);
        Assert.Equal((OperationState.Accepted, true), (Assert.Single(All).State, All[0].IsOpen)); // it waits to be resumed
        var second = Begin(OperationKind.Rebuild);
        second.Progress(4000, 10_000, "1/10000");
        Ledger.Tell(new OperationLedger.Settled());
        Write();
        var entry = Assert.Single(All);
        Assert.Equal((second.Id, first.Id, OperationState.Running, 5000, 2), (entry.Id, entry.Resumes, entry.State, (int)entry.Progress.Done, entry.Runs));
        Assert.Equal(entry, Of(first));
        second.Finish("complete");
        Write();
        Kill();

        Start();
        Assert.Equal((second.Id, OperationState.Done), (Assert.Single(All).Id, All[0].State));
        Assert.Empty(Board.Alerts);
    }

    [Fact]
    public void It_takes_the_entry_over_also_when_it_began_or_ended_before_the_file_was_read()
    {
        Start();
        var running = Begin(OperationKind.Rebuild);
        running.Progress(5000, 10_000, "1/10000");
        var deleted = Begin(OperationKind.DeletePartition, new PartitionId(8));
        Write();
        Kill();

        Start(opens: false, settles: false);
        var goesOn = Begin(OperationKind.Rebuild);
        goesOn.Progress(4000, 10_000, "1/10000");
        var through = Begin(OperationKind.DeletePartition, new PartitionId(8));
        through.Finish("its files are removed");
        Ledger.Tell(new OperationLedger.Open(MayCreate: false));
        Ledger.Tell(new OperationLedger.Settled());
        Write();

        Assert.Equal(2, All.Count);
        Assert.Equal((running.Id, OperationState.Running, 5000), (Of(goesOn).Resumes, Of(goesOn).State, (int)Of(goesOn).Progress.Done));
        Assert.Equal((deleted.Id, OperationState.Done), (Of(through).Resumes, Of(through).State));
        Assert.Empty(Board.Alerts);
        Kill();

        Start(settles: false);
        Assert.Equal([(goesOn.Id, true), (through.Id, false)], All.Select(entry => (entry.Id, entry.IsOpen)));
    }

    [Fact]
    public void A_copy_that_nobody_goes_on_with_is_interrupted_when_all_disks_are_loaded()
    {
        Start();
        Begin(OperationKind.Rebuild).Suspend("its replica was closed");
        Write();
        Stop();

        Start(settles: false);
        Assert.True(Assert.Single(All).IsOpen);
        Ledger.Tell(new OperationLedger.Settled());
        RunUntilIdle();
        Assert.Equal(OperationState.Interrupted, Assert.Single(All).State);
        Assert.Equal(OperationAlertKind.Interrupted, Board.Alerts.Single().Kind);
    }

    [Fact]
    public void Without_a_registration_only_a_file_that_is_there_is_opened()
    {
        Start(opens: false);
        Ledger.Tell(new OperationLedger.Open(MayCreate: false));
        Begin(OperationKind.Reload).Finish("loaded anew");
        Write();
        Assert.Empty(System.IO.Directory.GetFiles(Directory));
        Assert.False(Board.Figures.IsKept);

        Ledger.Tell(new OperationLedger.Open(MayCreate: true));
        Write();
        Assert.True(File.Exists(FilePath));
        Kill();
        Start();
        Assert.Equal("loaded anew", Assert.Single(All).Result); // also what happened before
    }

    [Fact]
    public void A_thousand_comparisons_that_find_nothing_write_nothing()
    {
        Start();
        Write();
        var before = JournalWork;
        for (var number = 1UL; number <= 1000; number++)
        {
            foreach (var kind in (OperationKind[])[OperationKind.Cycle, OperationKind.TinyVerification, OperationKind.LoadCheck, OperationKind.Scrub])
            {
                var handle = Board.Accept(kind, Board.NewId(), new PartitionId(number), null, null, "compares");
                handle.Start();
                handle.Progress(1, 1, "extents");
                handle.Finish("");
            }

            if (number % 100 == 0) Write();
        }

        Write();
        Assert.Equal(before, JournalWork);
        Assert.Empty(All);
        Assert.Equal(1000, Board.Figures.Kinds[(int)OperationKind.Cycle].Nothing);
        Assert.Null(Time.NextDue); // and nobody looks at a ledger without operations
    }

    [Fact]
    public void Progress_is_written_once_a_period_however_often_it_is_told()
    {
        Start();
        var handle = Begin(OperationKind.RepairTask);
        RunUntilIdle();
        var before = JournalWork;
        for (var done = 1; done <= 1000; done++) handle.Progress(done, 1000, "extents");
        RunUntilIdle();
        Assert.Equal(before, JournalWork);
        Write();
        Assert.Equal(before + 1, JournalWork);
        Write();
        Assert.Equal(before + 1, JournalWork);
        Kill();
        Start();
        Assert.Equal(1000, Assert.Single(All).Progress.Done);
    }

    [Fact]
    public void What_begins_and_ends_together_is_written_together()
    {
        Start();
        var before = JournalWork;
        for (var number = 1UL; number <= 200; number++) Begin(OperationKind.CreatePartition, new PartitionId(number)).Finish("created");
        RunUntilIdle();
        Assert.InRange(JournalWork - before, 1, 4);
        Kill();
        Start();
        Assert.Equal(200, All.Count);
    }

    [Fact]
    public void The_file_is_written_anew_from_time_to_time_and_history_keeps_its_limits()
    {
        Settings = new LedgerSettings { HistoryEntries = 50, HistoryAge = TimeSpan.FromDays(1) };
        Start();
        for (var number = 1UL; number <= 1500; number++)
        {
            Begin(OperationKind.Reload, new PartitionId(number)).Finish($"{number}");
            if (number % 50 == 0) Write();
        }

        Assert.Equal(50, All.Count);
        Stop();
        Assert.InRange(new FileInfo(FilePath).Length, 1, 2 << 20);
        Start();
        Assert.Equal(Enumerable.Range(1451, 50).Select(number => $"{number}"), All.Select(entry => entry.Result).Order(StringComparer.Ordinal));

        Advance(TimeSpan.FromDays(2));
        Begin(OperationKind.Reload).Finish("today");
        Assert.Equal("today", Assert.Single(All).Result);
    }

    [Fact]
    public void A_disk_that_is_full_costs_the_file_and_nothing_else_and_when_there_is_room_all_is_written()
    {
        FileBytesMax = 64 << 10;
        Start();
        for (var number = 1UL; number <= 300; number++)
        {
            Begin(OperationKind.Reload, new PartitionId(number), new string('x', 400)).Finish("loaded anew");
            RunUntilIdle();
        }

        Assert.Equal((300, false), (All.Count, Board.Figures.IsKept));
        Assert.Contains("its disk is full, or its size limit is reached", Board.Figures.Problem);
        var warning = Assert.Single(Warnings); // once, with the file and what to do
        Assert.Contains(FilePath, warning);
        Assert.Contains("Make room", warning);
        var running = Begin(OperationKind.RepairTask);
        for (var tries = 0; tries < 3; tries++) Advance(Settings.RetryPeriod);
        Assert.Single(Warnings);
        Assert.True(Board.Figures.WritesFailed > 2);

        FileBytesMax = null;
        Advance(Settings.RetryPeriod);
        Assert.True(Board.Figures.IsKept);
        running.Finish("done");
        Write();
        Kill();
        Start();
        Assert.Equal(301, All.Count);
        Assert.Equal("done", Of(running).Result);
        Assert.Empty(Board.Alerts);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_tried_again_and_then_takes_all_that_happened_meanwhile()
    {
        OpenFails = new JournalException($"The journal '{FilePath}' cannot be opened: access is denied.");
        Start();
        Begin(OperationKind.Reload).Finish("loaded anew");
        Advance(TimeSpan.FromMinutes(10));
        Assert.Single(Warnings);

        OpenFails = null;
        Advance(Settings.RetryPeriod);
        Write();
        Kill();
        Start();
        Assert.Equal("loaded anew", Assert.Single(All).Result);
    }

    [Theory]
    [InlineData("no database at all. ")]
    [InlineData(null)]
    public void A_damaged_file_is_set_aside_and_a_new_one_begun(string? content)
    {
        Start();
        Begin(OperationKind.Reload).Finish("before");
        Write();
        Stop();
        if (content is null) Sql("UPDATE events SET payload = x'7b7d'");
        else File.WriteAllText(FilePath, string.Concat(Enumerable.Repeat(content, 500)));

        Start();
        Assert.Empty(All);
        Assert.True(File.Exists(FilePath + ".damaged"));
        Assert.Contains("begins anew", Assert.Single(Warnings));
        Assert.True(Board.Figures.IsKept);
        Begin(OperationKind.Reload).Finish("after");
        Write();
        Kill();
        Start();
        Assert.Equal("after", Assert.Single(All).Result);
    }

    [Theory]
    [InlineData("PRAGMA user_version = 2", "written by a newer program")]
    [InlineData("UPDATE events SET manifest = 'ledger/of-tomorrow'", "a newer version may have written it")]
    public void A_file_of_a_newer_program_is_refused_clearly_and_left_as_it_is(string sql, string expected)
    {
        Start();
        Begin(OperationKind.Reload).Finish("tomorrow");
        Write();
        Stop();
        Sql(sql);

        Start();
        Assert.Empty(All);
        Assert.Single(Warnings, warning => warning.Contains(expected, StringComparison.Ordinal) && warning.Contains("Run the program that wrote it, or move the file away", StringComparison.Ordinal));
        Assert.False(Board.Figures.IsKept);
        Assert.False(File.Exists(FilePath + ".damaged"));
        var handle = Begin(OperationKind.Reload);
        handle.Finish("in memory"); // the node does not care
        Advance(TimeSpan.FromMinutes(10));
        Assert.Single(Warnings);

        foreach (var file in System.IO.Directory.GetFiles(Directory)) File.Delete(file); // the operator moved it away
        Advance(Settings.RetryPeriod);
        Assert.True(Board.Figures.IsKept);
    }

    [Fact]
    public void A_directory_that_hangs_holds_up_nobody()
    {
        Threads.Hold();
        Start();
        var handle = Begin(OperationKind.RepairTask);
        handle.Progress(1, 2, "extents");
        Advance(TimeSpan.FromMinutes(30));
        Assert.Equal((1, true), ((int)Of(handle).Progress.Done, Of(handle).IsStalled)); // stalls are looked for all the same
        handle.Finish("done");

        Threads.Resume();
        Write();
        Kill();
        Start();
        Assert.Equal("done", Of(handle).Result);
    }

    [Fact]
    public void Without_a_file_everything_is_in_memory()
    {
        var board = new LedgerBoard(Settings, Time, new Random(1), Akka.Event.NoLogger.Instance);
        var ledger = Sys.ActorOf(OperationLedger.PropsFor(board, null));
        ledger.Tell(new OperationLedger.Open(MayCreate: true));
        ledger.Tell(new OperationLedger.Settled());
        var handle = board.Begin(OperationKind.RepairTask, board.NewId(), Seven, null, null, "");
        Advance(OperationRules.Of(OperationKind.RepairTask).StallAfter + Settings.ProgressPeriod);
        Assert.Equal(OperationAlertKind.Stall, board.Alerts.Single().Kind);
        handle.Finish("done");
        ledger.Tell(new OperationLedger.Close(), TestActor);
        ExpectMsg<OperationLedger.Closed>();
        Assert.Equal((false, ""), (board.Figures.IsKept, board.Figures.Problem));
    }

    [Fact]
    public void A_handle_that_is_let_go_fails_its_operation_and_one_that_was_ended_says_nothing_more()
    {
        Start();
        var forgotten = Begin(OperationKind.Reload);
        using (forgotten) { }
        Assert.Equal((OperationState.Failed, "ended without a result"), (Of(forgotten).State, Of(forgotten).Result));

        var ended = Begin(OperationKind.Reload);
        using (ended) ended.Finish("loaded anew");
        var left = Begin(OperationKind.Rebuild);
        using (left) left.Suspend("its replica was closed");
        Assert.Equal((OperationState.Done, OperationState.Accepted), (Of(ended).State, Of(left).State));
        ended.LetGo("with its replica");
        left.LetGo("with its replica");
        Assert.Equal((OperationState.Done, OperationState.Accepted, 0L), (Of(ended).State, Of(left).State, Board.Figures.LateCalls));

        var cut = Begin(OperationKind.RepairTask);
        cut.LetGo("with its replica");
        Assert.Equal((OperationState.Cancelled, "with its replica"), (Of(cut).State, Of(cut).Result));
        cut.Progress(1, 1, "extents");
        Assert.Equal(1, Board.Figures.LateCalls);
    }

    [Fact]
    public void Many_threads_may_write_at_once_and_nothing_is_lost()
    {
        Start(opens: false);
        var threads = Enumerable.Range(0, 4).Select(thread => new Thread(() =>
        {
            for (var number = 1; number <= 200; number++)
            {
                var handle = Board.Begin(OperationKind.Reload, Board.NewId(), new PartitionId((ulong)(1000 * (thread + 1) + number)), null, null, "");
                handle.Progress(1, 1, "extents");
                handle.Finish("loaded anew");
                _ = Board.Figures;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal((800, 800L), (All.Count, Board.Figures.Kinds[(int)OperationKind.Reload].Done));
        Ledger.Tell(new OperationLedger.Open(MayCreate: true));
        RunUntilIdle();
        Write();
        Kill();
        Start();
        Assert.Equal(800, All.Count);
    }
}
