using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>
/// Goal: whenever the process dies or the power goes, the next run finds what it must, and a directory that a Go node could open too.
/// Method: a script of every kind of change, and scripts from seeds, cut before or inside each change that reaches the disk.
/// </summary>
public sealed class LogCrashTests
{
    public enum Cut { Kill, KillWithinWrite, Power }

    [Theory]
    [InlineData(Cut.Kill)]
    [InlineData(Cut.KillWithinWrite)]
    [InlineData(Cut.Power)]
    public void A_cut_at_any_change_leaves_a_log_that_keeps_what_it_promised(Cut cut)
    {
        var changes = 0;
        for (var at = 0; at <= changes; at++)
        {
            var test = NewTest(seed: at);
            var model = new LogModel(test);
            test.Open();
            var start = test.Disk.Changes;
            (test.Disk.CrashAt, test.Disk.CrashTearsWrites) = (at == 0 ? null : start + at - 1, cut != Cut.Kill);
            try
            {
                Script(model);
                Assert.Equal(0, at); // the first round counts the changes and must end
                changes = test.Disk.Changes - start;
            }
            catch (SimulatedCrashException)
            {
            }
            Recover(test, model, cut, $"{cut} at change {at - 1} of {changes}");
            AfterTheCrash(test, model, cut);
        }
        Assert.True(changes > 60, $"only {changes} changes");
    }

    [Theory]
    [InlineData(Cut.Kill, 400)]
    [InlineData(Cut.KillWithinWrite, 400)]
    [InlineData(Cut.Power, 600)]
    public void Scripts_from_seeds_are_cut_again_and_again_also_while_the_log_is_opened(Cut cut, int seeds)
    {
        for (var seed = 0; seed < seeds; seed++)
        {
            var random = new Random(seed);
            var test = NewTest(seed);
            var model = new LogModel(test);
            test.Open();
            for (var crash = 0; crash < 5; crash++)
            {
                (test.Disk.CrashAt, test.Disk.CrashTearsWrites) = (test.Disk.Changes + random.Next(40), cut != Cut.Kill);
                try
                {
                    while (true) Step(model, random);
                }
                catch (SimulatedCrashException)
                {
                }
                var when = $"{cut}, seed {seed}, crash {crash}";
                if (random.Next(3) == 0) CrashWhileOpening(test, cut, random);
                Recover(test, model, cut, when);
            }
        }
    }

    [Theory] // three files of the entries 1..3, 4..6, 7..9
    [InlineData(20, 2)] // behind all of them: after META was written, before it was synced; and before the new file has its name
    [InlineData(5, 4)]  // with files behind it that the snapshot contradicts: until the last of these is deleted
    public void A_kill_within_a_snapshot_is_the_only_one_after_which_a_go_node_could_not_open_the_log(ulong index, int points)
    {
        var (bad, done) = (0, false);
        for (var at = 0; !done; at++)
        {
            var test = new TestLog(at, s => s with { FileBytesMax = 120 });
            test.Append(1, 9, 5);
            test.Disk.CrashAt = test.Disk.Changes + at;
            try
            {
                test.Log.InstallSnapshot(new LogPosition(6, index), new HardState(6, default, index), test.Staging);
                done = true;
            }
            catch (SimulatedCrashException)
            {
            }
            test.Kill();
            if (test.Go().Problem is not null) bad++;
            var report = test.Open().Report;
            Assert.True(report.Last == new LogPosition(5, 9) || report.Last == new LogPosition(6, index), $"{report.Last}, killed at {at}");
            Assert.Null(test.Go().Problem);
        }
        Assert.Equal(points, bad);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(5)]
    public void Kills_while_an_interrupted_snapshot_is_finished_by_the_next_opens_change_nothing(ulong index)
    {
        for (var at = 0; at < 12; at++)
        {
            var test = new TestLog(at, s => s with { FileBytesMax = 120 });
            test.Append(1, 9, 5);
            test.Log.Close();
            test.With("META", WalBuilder.Meta(6, index, 0, index, 6));
            for (var kill = 0; kill < 3; kill++)
            {
                test.Kill();
                test.Disk.CrashAt = test.Disk.Changes + at;
                try
                {
                    test.Open();
                }
                catch (SimulatedCrashException)
                {
                }
            }
            Assert.Equal(new LogPosition(6, index), test.KillAndReopen().Last);
            Assert.Null(test.Go().Problem);
        }
    }

    [Fact]
    public void Outside_of_snapshots_a_go_node_could_open_the_log_after_a_kill_at_any_change()
    {
        for (var at = 0; at < 200; at++)
        {
            var test = NewTest(at);
            var model = new LogModel(test);
            test.Open();
            (test.Disk.CrashAt, test.Disk.CrashTearsWrites) = (test.Disk.Changes + at, true);
            try
            {
                WithoutSnapshots(model);
            }
            catch (SimulatedCrashException)
            {
            }
            test.Kill();
            var go = test.Go();
            Assert.True(go.Problem is null, $"killed at {at}: {go.Problem}");
        }
    }

    private static TestLog NewTest(int seed) => new(seed, s => s with { FileBytesMax = 6000 });

    private static void Script(LogModel model)
    {
        WithoutSnapshots(model);
        model.Install(new LogPosition(model.Term, model.Last + 10));
        model.Append(5, 2500);
        model.Save(model.Term + 1, 2, model.Commit + 1);
        model.Append(3, 10);
        model.Install(new LogPosition(model.Term, model.Last - 2)); // the entries behind it go too
        model.Append(2, 10);
        model.Sync();
    }

    private static void WithoutSnapshots(LogModel model)
    {
        model.Save(1, 2, 0);
        model.Append(3, 10);
        model.Append(4, 1500);
        model.Sync();
        model.Append(10, 1200); // several files in one batch
        model.Save(1, 2, 4);
        model.Save(2, 3, 5);
        model.TruncateBack(12); // into an earlier file
        model.Append(1, 8000);  // larger than a file
        model.Append(6, 1500);
        model.Sync();
        model.TruncateFront(3);
        model.Save(2, 3, 13);
        model.TruncateFront(11);
        model.Save(3, 1, 13);
        model.TruncateBack(model.Last); // within the last file
        model.Append(2, 3000);
        model.TruncateBack(14);
        model.Append(8, 2000);
        model.Save(3, 1, model.Last);
        model.TruncateFront(model.Last); // all entries
        model.Append(4, 100);
        model.Sync();
    }

    private static void Step(LogModel model, Random random)
    {
        switch (random.Next(16))
        {
            case < 6:
                model.Append(random.Next(1, 6), random.Next(2) == 0 ? random.Next(100) : random.Next(5000));
                break;
            case < 8:
                model.Save(model.Term, 1, model.Commit + (ulong)random.Next((int)(model.Last - model.Commit) + 1));
                break;
            case 8:
                model.Save(model.Term + 1, (ulong)random.Next(4), model.Commit);
                break;
            case < 11:
                model.Sync();
                break;
            case < 13 when model.Last > model.Commit:
                model.TruncateBack(model.Commit + 1 + (ulong)random.Next((int)(model.Last - model.Commit)));
                model.Save(model.Term + 1, 0, model.Commit);
                break;
            case 13 when model.Commit > model.Truncated:
                model.TruncateFront(model.Truncated + 1 + (ulong)random.Next((int)(model.Commit - model.Truncated)));
                break;
            case 14:
                model.Reopen();
                break;
            case 15 when random.Next(3) == 0:
                model.Save(model.Term + 1, 0, model.Commit);
                model.Install(new LogPosition(model.Term, model.Commit + 1 + (ulong)random.Next(20)));
                break;
        }
    }

    private static void CrashWhileOpening(TestLog test, Cut cut, Random random)
    {
        if (cut == Cut.Power) test.Disk.PowerCut();
        test.Kill();
        test.UnsyncedMayBeLost |= cut == Cut.Power;
        test.Disk.CrashAt = test.Disk.Changes + random.Next(6);
        try
        {
            test.Open();
        }
        catch (SimulatedCrashException)
        {
        }
    }

    private static void Recover(TestLog test, LogModel model, Cut cut, string when)
    {
        if (cut == Cut.Power) test.CutPowerAndReopen();
        else test.KillAndReopen();
        model.Check(when, isKill: cut != Cut.Power);
    }

    /// <summary>The log must not only hold what it held: it must go on working.</summary>
    private static void AfterTheCrash(TestLog test, LogModel model, Cut cut)
    {
        model.Save(model.Term + 1, 2, model.Commit);
        model.Append(5, 2000);
        if (model.Last > model.Commit + 1) model.TruncateBack(model.Last - 1);
        model.Append(2, 10);
        model.Sync();
        model.Save(model.Term, 2, model.Last);
        model.TruncateFront(model.Last - 1);
        Recover(test, model, cut, "after the crash");
        model.Reopen();
    }
}
