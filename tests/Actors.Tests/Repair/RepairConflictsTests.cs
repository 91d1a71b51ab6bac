namespace CubeActors.Actors.Tests;

/// <summary>The whole table of what runs beside what. Source: storage-and-repair 4.11, 4.14.</summary>
public sealed class RepairConflictsTests
{
    private const string Table =
        """
        comes \ runs  Task      OwnShare  Cycle     Verification OthersShare
        Task          Drop      Drop      Together  Together     Together
        OwnShare      Drop      Drop      Together  Together     Together
        Cycle         Together  Together  Later     Together     Together
        Verification  Together  Together  Together  Later        Together
        OthersShare   Together  Together  Together  Together     Drop
        """;

    [Fact]
    public void Every_kind_of_work_stands_to_every_other_as_the_table_says()
    {
        var lines = Table.ReplaceLineEndings("\n").Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var runs = lines[0][3..].Select(Enum.Parse<RepairWork>).ToList();
        Assert.Equal(Enum.GetValues<RepairWork>(), runs);
        Assert.Equal(Enum.GetValues<RepairWork>(), lines[1..].Select(line => Enum.Parse<RepairWork>(line[0])));
        foreach (var line in lines[1..])
            for (var i = 0; i < runs.Count; i++)
                Assert.True(Enum.Parse<RepairVerdict>(line[i + 1]) == RepairConflicts.Of(Enum.Parse<RepairWork>(line[0]), runs[i]), $"{line[0]} while {runs[i]} runs");
    }

    [Fact]
    public void Nothing_stands_in_the_table_twice() => Assert.Equal(RepairConflicts.Rows.Count, RepairConflicts.Rows.Select(row => (row.Comes, row.Runs)).Distinct().Count());

    [Fact]
    public void Of_several_that_run_the_strictest_decides()
    {
        Assert.Equal(RepairVerdict.Together, RepairConflicts.Of(RepairWork.Task, []));
        Assert.Equal(RepairVerdict.Together, RepairConflicts.Of(RepairWork.Task, [RepairWork.Cycle, RepairWork.Verification, RepairWork.OthersShare]));
        Assert.Equal(RepairVerdict.Drop, RepairConflicts.Of(RepairWork.Task, [RepairWork.Cycle, RepairWork.OwnShare]));
        Assert.Equal(RepairVerdict.Later, RepairConflicts.Of(RepairWork.Cycle, [RepairWork.Cycle, RepairWork.Task]));
    }
}
