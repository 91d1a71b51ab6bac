namespace CubeActors.Actors.Tests;

/// <summary>The whole table of what runs beside what. Source: design section 5; storage-and-repair 4.11, 4.14; control-plane 3.6 to 3.16.</summary>
public sealed class OperationConflictsTests
{
    // What comes stands at the left. run, cancel the other, wait, drop (answered as done), refuse.
    private const string Table =
        """
        comes \ runs     RepairTask OwnRepair Cycle  Share  TinyVerification Rebuild MemberChange CreatePartition DeletePartition LoadCheck Drain DiskRecovery Scrub  Reload
        RepairTask       Drop       Drop      Run    Run    Run              Run     Run          Refuse          Refuse          Run       Run   Run          Run    Refuse
        OwnRepair        Drop       Drop      Run    Run    Run              Drop    Run          Drop            Drop            Run       Run   Run          Run    Drop
        Cycle            Run        Run       Wait   Run    Run              Wait    Run          Drop            Drop            Run       Run   Run          Run    Drop
        Share            Run        Run       Run    Drop   Run              Drop    Run          Drop            Drop            Run       Run   Run          Run    Drop
        TinyVerification Run        Run       Run    Run    Wait             Wait    Run          Drop            Drop            Run       Run   Run          Run    Drop
        Rebuild          Run        Run       Run    Run    Run              Drop    Run          Drop            Drop            Run       Run   Run          Run    Drop
        MemberChange     Run        Run       Run    Run    Run              Run     Refuse       Refuse          Refuse          Run       Run   Run          Run    Refuse
        CreatePartition  Drop       Drop      Drop   Drop   Drop             Drop    Drop         Wait            Wait            Drop      Run   Run          Drop   Refuse
        DeletePartition  Cancel     Cancel    Cancel Cancel Cancel           Cancel  Cancel       Cancel          Wait            Cancel    Run   Run          Cancel Cancel
        LoadCheck        Run        Run       Run    Run    Run              Run     Run          Refuse          Refuse          Drop      Run   Run          Run    Refuse
        Drain            Run        Run       Run    Run    Run              Run     Run          Run             Run             Run       Drop  Run          Run    Run
        DiskRecovery     Run        Run       Run    Run    Run              Run     Run          Run             Run             Run       Run   Refuse       Run    Run
        Scrub            Run        Run       Run    Run    Run              Wait    Run          Drop            Drop            Run       Run   Run          Wait   Drop
        Reload           Cancel     Cancel    Cancel Cancel Cancel           Cancel  Cancel       Refuse          Refuse          Cancel    Run   Run          Cancel Wait
        """;

    private static readonly IReadOnlyList<string[]> Lines = [.. Table.ReplaceLineEndings("\n").Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    public static TheoryData<string, string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string, string>();
            var runs = Lines[0][3..];
            foreach (var line in Lines.Skip(1))
                for (var i = 0; i < runs.Length; i++) cells.Add(line[0], runs[i], line[i + 1]);
            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_kind_stands_to_every_other_as_the_table_says(string comes, string runs, string verdict) =>
        Assert.Equal(Enum.Parse<ConflictVerdict>(verdict), OperationConflicts.Of(Enum.Parse<OperationKind>(comes), Enum.Parse<OperationKind>(runs)));

    [Fact]
    public void The_table_has_every_kind_once_in_both_directions()
    {
        var kinds = Enum.GetNames<OperationKind>();
        Assert.Equal(kinds, Lines[0][3..]);
        Assert.Equal(kinds, Lines.Skip(1).Select(line => line[0]));
        Assert.All(Lines.Skip(1), line => Assert.Equal(kinds.Length + 1, line.Length));
    }

    [Fact]
    public void Of_several_that_run_the_strictest_decides()
    {
        Assert.Equal(ConflictVerdict.Run, OperationConflicts.Of(OperationKind.RepairTask, []));
        Assert.Equal(ConflictVerdict.Run, OperationConflicts.Of(OperationKind.RepairTask, [OperationKind.Cycle, OperationKind.TinyVerification, OperationKind.Share]));
        Assert.Equal(ConflictVerdict.Drop, OperationConflicts.Of(OperationKind.RepairTask, [OperationKind.Cycle, OperationKind.OwnRepair]));
        Assert.Equal(ConflictVerdict.Refuse, OperationConflicts.Of(OperationKind.RepairTask, [OperationKind.OwnRepair, OperationKind.Reload]));
        Assert.Equal(ConflictVerdict.Wait, OperationConflicts.Of(OperationKind.Cycle, [OperationKind.Cycle, OperationKind.RepairTask]));
    }

    [Fact]
    public void Nothing_keeps_a_deletion_waiting_but_a_deletion()
    {
        foreach (var runs in Enum.GetValues<OperationKind>())
            Assert.Equal(runs == OperationKind.DeletePartition, OperationConflicts.Of(OperationKind.DeletePartition, runs) is ConflictVerdict.Wait or ConflictVerdict.Drop or ConflictVerdict.Refuse);
    }

    [Fact]
    public void Only_kinds_of_one_owner_that_exclude_each_other_break_a_promise()
    {
        Assert.True(OperationConflicts.IsBroken(OperationKind.RepairTask, OperationKind.OwnRepair));
        Assert.True(OperationConflicts.IsBroken(OperationKind.Cycle, OperationKind.Rebuild));
        Assert.False(OperationConflicts.IsBroken(OperationKind.Cycle, OperationKind.RepairTask));
        Assert.False(OperationConflicts.IsBroken(OperationKind.DeletePartition, OperationKind.RepairTask));
        Assert.False(OperationConflicts.IsBroken(OperationKind.RepairTask, OperationKind.Reload)); // its end may be heard a moment late
    }
}
