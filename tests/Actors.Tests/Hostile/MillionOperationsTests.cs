using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace CubeActors.Actors.Tests;

/// <summary>Never a crossed reply: a million operations to a peer that does everything wrong, and not one wrong answer is accepted.</summary>
/// <remarks>The peer knows what would have been right, so that every accepted byte is compared. CUBEACTORS_HOSTILE_OPERATIONS sets another number.</remarks>
public sealed class MillionOperationsTests(ITestOutputHelper output)
{
    private const int Seeds = 20;
    private const int OperationsDefault = 1_000_000;

    /// <summary>On a thread of its own: the test runner has two, and others wait for sockets on them meanwhile.</summary>
    [Fact]
    public Task A_hostile_peer_gets_no_wrong_answer_accepted_loses_no_operation_and_every_refusal_names_its_field() =>
        Task.Factory.StartNew(RunAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [Fact]
    public void The_same_seed_gives_the_same_run() => Assert.Equal(new HostileRun(5).Run(2000).ToString(), new HostileRun(5).Run(2000).ToString());

    private void RunAll()
    {
        var operations = int.TryParse(Environment.GetEnvironmentVariable("CUBEACTORS_HOSTILE_OPERATIONS"), CultureInfo.InvariantCulture, out var asked) ? asked : OperationsDefault;
        var total = new HostileFigures();
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var figures = new HostileRun(seed).Run(operations / Seeds);
            Assert.True(figures.AcceptedWrong == 0 && figures.Lost == 0 && figures.Unexplained == 0 && figures.RefusedRight == 0, $"seed {seed}: {figures.FirstWrong}; unexplained {figures.Unexplained}, right and refused {figures.RefusedRight}\n{figures}");
            total.Add(figures);
        }

        output.WriteLine($"{total}{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s, {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:0.0} s of processors");
        Assert.Equal(total.Operations, total.Succeeded + total.GivenUp);
        // All of it has happened, or the run proves less than it says.
        foreach (var fault in Enum.GetValues<PeerFault>()) Assert.True(total.Faults[(int)fault] > 0, $"{fault} never happened");
        foreach (var kind in Enum.GetValues<RepairFailureKind>()) Assert.True(total.Refusals(kind) > 0, $"nothing ended as {kind}");
        foreach (var doubt in Enum.GetValues<ReplyDoubts>().Where(doubt => doubt != ReplyDoubts.None)) Assert.True(total.Refusals(doubt) > 0, $"{doubt} was never doubted");
        Assert.True(total.LatePackets > 0);
        Assert.True(total.Succeeded > total.Operations * 9 / 10, $"only {total.Succeeded} succeeded");
    }
}
