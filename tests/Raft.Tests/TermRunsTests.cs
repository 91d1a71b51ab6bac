using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft.Tests;

public sealed class TermRunsTests
{
    // 3 | 3 3 5 5 5 8   (indexes 11 to 16 behind the truncation point 10)
    private static TermRuns Some() => new(new LogPosition(3, 10), [new TermRun(11, 3), new TermRun(13, 5), new TermRun(16, 8)], 16);

    [Theory]
    [InlineData(9, null)]
    [InlineData(10, 3UL)]
    [InlineData(12, 3UL)]
    [InlineData(13, 5UL)]
    [InlineData(15, 5UL)]
    [InlineData(16, 8UL)]
    [InlineData(17, null)]
    public void A_term_is_known_from_the_truncation_point_to_the_last_entry(ulong index, ulong? expected)
    {
        Assert.Equal(expected is not null, Some().TryTermAt(index, out var term));
        Assert.Equal(expected ?? 0, term);
    }

    [Theory]
    [InlineData(16, 8, 16)]
    [InlineData(16, 7, 15)]
    [InlineData(99, 5, 15)]
    [InlineData(16, 4, 12)]
    [InlineData(14, 5, 14)]
    [InlineData(16, 1, 10)]
    [InlineData(4, 9, 10)]
    public void The_last_index_of_a_term_at_most_is_found_and_never_before_the_truncation_point(ulong index, ulong term, ulong expected) =>
        Assert.Equal(expected, Some().LastAtMost(index, term));

    [Fact]
    public void Runs_that_are_no_log_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TermRuns(new LogPosition(3, 10), [], 9));
        Assert.Throws<ArgumentException>(() => new TermRuns(new LogPosition(3, 10), [], 11));
        Assert.Throws<ArgumentException>(() => new TermRuns(new LogPosition(3, 10), [new TermRun(12, 3)], 12));
        Assert.Throws<ArgumentException>(() => new TermRuns(new LogPosition(3, 10), [new TermRun(11, 2)], 12));
        Assert.Throws<ArgumentException>(() => new TermRuns(new LogPosition(3, 10), [new TermRun(11, 4), new TermRun(12, 4)], 12));
        Assert.Throws<ArgumentException>(() => new TermRuns(new LogPosition(3, 10), [new TermRun(11, 4), new TermRun(11, 5)], 12));
        Assert.Throws<ArgumentException>(() => new TermRuns(new LogPosition(3, 10), [new TermRun(11, 4), new TermRun(13, 5)], 12));
        Assert.Throws<ArgumentException>(() => new TermRuns(default, [new TermRun(1, 0)], 1));
    }

    [Fact]
    public void A_falling_term_and_a_cut_outside_the_log_are_mistakes_of_ours()
    {
        Assert.Throws<InvariantViolationException>(() => Some().Append(7, 1));
        Assert.Throws<InvariantViolationException>(() => Some().CutBack(10));
        Assert.Throws<InvariantViolationException>(() => Some().CutBack(17));
        Assert.Throws<InvariantViolationException>(() => Some().CutFront(9));
        Assert.Throws<InvariantViolationException>(() => Some().CutFront(17));
    }

    [Fact]
    public void Whatever_is_done_the_runs_say_what_a_plain_list_of_terms_says()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var runs = new TermRuns(default, [], 0);
            var truncated = default(LogPosition);
            var terms = new List<ulong>(); // of the entries behind it
            for (var step = 0; step < 100; step++)
            {
                var last = truncated.Index + (ulong)terms.Count;
                switch (random.Next(8))
                {
                    case 0 when terms.Count > 0:
                        var from = truncated.Index + 1 + (ulong)random.Next(terms.Count);
                        runs.CutBack(from);
                        terms.RemoveRange((int)(from - truncated.Index - 1), (int)(last - from + 1));
                        break;
                    case 1:
                        var upTo = truncated.Index + (ulong)random.Next(terms.Count + 1);
                        var removed = (int)(upTo - truncated.Index);
                        if (removed > 0) truncated = new LogPosition(terms[removed - 1], upTo);
                        terms.RemoveRange(0, removed);
                        runs.CutFront(upTo);
                        break;
                    case 2 when random.Next(10) == 0:
                        truncated = new LogPosition(truncated.Term + 9, last + 5);
                        terms.Clear();
                        runs.Reset(truncated);
                        break;
                    default:
                        var term = Math.Max(1, (terms.Count > 0 ? terms[^1] : truncated.Term) + (ulong)random.Next(2));
                        var count = random.Next(1, 4);
                        runs.Append(term, (ulong)count);
                        terms.AddRange(Enumerable.Repeat(term, count));
                        break;
                }
                Check(runs, truncated, terms, $"seed {seed}, step {step}");
            }
        }
    }

    private static void Check(TermRuns runs, LogPosition truncated, List<ulong> terms, string where)
    {
        Assert.True(truncated == runs.Truncated && truncated.Index + (ulong)terms.Count == runs.LastIndex, where);
        for (var i = 0; i < terms.Count; i++)
        {
            var index = truncated.Index + 1 + (ulong)i;
            Assert.True(runs.TryTermAt(index, out var term) && term == terms[i], where);
            var expected = terms.FindLastIndex(i, t => t <= terms[i] - 1);
            Assert.True(runs.LastAtMost(index, terms[i] - 1) == truncated.Index + 1 + (ulong)expected, where);
        }
        Assert.True(runs.Last == (terms.Count == 0 ? truncated : new LogPosition(terms[^1], runs.LastIndex)), where);
        // A second table from the first one's runs: what a restart does.
        var again = new TermRuns(runs.Truncated, runs.Runs.ToArray(), runs.LastIndex);
        Assert.True(again.Last == runs.Last, where);
    }
}
