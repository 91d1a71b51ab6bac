namespace CubeActors.Pbm.Tests;

/// <summary>Whom Ctrl-C ends.</summary>
public sealed class InterruptsTests
{
    [Fact]
    public void While_a_prompt_runs_a_command_it_ends_the_command_and_otherwise_the_process()
    {
        using var interrupts = new Interrupts();
        using var command = new CancellationTokenSource();
        using (interrupts.Aim(command)) interrupts.Raise();
        Assert.True(command.IsCancellationRequested);
        Assert.False(interrupts.Stop.IsCancellationRequested);
        interrupts.Raise();
        Assert.True(interrupts.Stop.IsCancellationRequested);
    }

    [Fact]
    public void A_process_that_is_told_to_end_ends_whatever_runs()
    {
        using var interrupts = new Interrupts();
        using var command = new CancellationTokenSource();
        using var aim = interrupts.Aim(command);
        interrupts.End();
        Assert.True(interrupts.Stop.IsCancellationRequested);
    }
}
