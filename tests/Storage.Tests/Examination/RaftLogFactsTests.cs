using CubeActors.Protocol;

namespace CubeActors.Storage.Tests;

public sealed class RaftLogFactsTests
{
    private const string First = "0000000000000001-0000000000000001.log";

    [Fact]
    public void A_log_is_seen_as_opening_it_reports_it_and_nothing_is_changed()
    {
        var test = new TestLog(settings: settings => settings with { FileBytesMax = 2000 });
        test.Append(1, 200, 3);
        test.Log.SaveHardState(new HardState(3, default, 200));
        test.Log.Close();
        var changes = test.Disk.Changes;
        var facts = Look(test);
        Assert.Equal(changes, test.Disk.Changes);
        Assert.Equal(0, test.Disk.OpenFiles);
        var report = test.Open().Report;
        Assert.Equal((report.Truncated, report.Last, RaftLogLoss.None, 40L), (facts.Truncated, facts.Last, facts.Loss, facts.MetaBytes));
        Assert.True(facts.Exists);
        Assert.Null(facts.Damage);
    }

    [Fact]
    public void A_partition_without_log_has_not_started_its_group() => Assert.False(Look(new TestLog()).Exists);

    [Fact]
    public void Files_below_the_truncation_point_are_no_strays()
    {
        var test = new TestLog().With("META", WalBuilder.Meta(5, 4, 0, 3, 5)).With(First, WalBuilder.File(WalBuilder.Entries(1, 3, 5), finished: true))
            .With(WalBuilder.Name(2, 4), WalBuilder.File(WalBuilder.Entries(4, 5, 5), finished: false));
        Assert.Null(test.Go().Problem);
        Assert.Equal((0, 5UL), (Look(test).StrayFiles, Look(test).Last.Index));
    }

    [Fact]
    public void A_file_behind_a_gap_is_a_stray()
    {
        var test = new TestLog().With("META", WalBuilder.Meta(5, 1, 0, 0, 0)).With(First, WalBuilder.File(WalBuilder.Entries(1, 3, 5), finished: true))
            .With(WalBuilder.Name(2, 9), WalBuilder.File(WalBuilder.Entries(9, 10, 5), finished: false));
        Assert.Equal((1, RaftLogLoss.Cut), (Look(test).StrayFiles, Look(test).Loss));
    }

    [Fact]
    public void What_opening_would_refuse_is_damage()
    {
        var content = WalBuilder.File(WalBuilder.Entries(1, 5, 5), finished: false);
        content[40] ^= 1; // in front of intact records
        var test = new TestLog().With("META", WalBuilder.Meta(5, 1, 0, 0, 0)).With(First, content);
        Assert.Contains("the file was damaged", Look(test).Damage, StringComparison.Ordinal);
        Assert.Null(Look(test, unsyncedMayBeLost: true).Damage);
    }

    [Theory]
    [InlineData(3, RaftLogLoss.None)]
    [InlineData(4, RaftLogLoss.BehindApplied)]
    [InlineData(null, RaftLogLoss.None)]
    public void APPLY_beyond_the_log_is_a_loss(int? applied, RaftLogLoss expected)
    {
        var test = new TestLog().With("META", WalBuilder.Meta(5, 1, 0, 0, 0)).With(First, WalBuilder.File(WalBuilder.Entries(1, 3, 5), finished: false));
        Assert.Equal(expected, RaftLogFacts.Read(test.Disk, TestLog.Directory, false, (ulong?)applied).Loss);
    }

    /// <summary>Goal: what is called sound here a CubeFS node opens. Method: whole and mutilated logs, judged by an independent reading of its rules.</summary>
    [Fact]
    public void A_log_without_a_finding_is_one_that_CubeFS_opens()
    {
        var sound = 0;
        var first = WalBuilder.File(WalBuilder.Entries(1, 6, 5), finished: true);
        var second = WalBuilder.File(WalBuilder.Entries(7, 9, 6), finished: false);
        for (var seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var truncated = (ulong)random.Next(0, 12);
            var test = new TestLog().With("META", WalBuilder.Meta(6, (ulong)random.Next(0, 12), 0, truncated, truncated == 0 ? 0UL : truncated < 7 ? 5UL : 6UL)[..(random.Next(8) == 0 ? 24 : 40)])
                .With(First, first[..(random.Next(3) == 0 ? random.Next(first.Length) : first.Length)])
                .With(WalBuilder.Name(2, random.Next(4) == 0 ? 8UL : 7UL), second[..(random.Next(3) == 0 ? random.Next(second.Length) : second.Length)]);
            var facts = Look(test);
            var isSound = facts.Damage is null && facts.Loss == RaftLogLoss.None && facts is { UnfinishedFiles: 0, StrayFiles: 0, TornBytes: 0, ForeignNames.Count: 0 }
                && facts.HardState.Commit >= facts.Truncated.Index;
            if (!isSound) continue;
            sound++;
            Assert.True(test.Go().Problem is null, $"seed {seed}: {test.Go().Problem}");
        }

        Assert.InRange(sound, 10, 590); // both kinds have been met
    }

    private static RaftLogFacts Look(TestLog test, bool unsyncedMayBeLost = false) => RaftLogFacts.Read(test.Disk, TestLog.Directory, unsyncedMayBeLost, applied: null);
}
