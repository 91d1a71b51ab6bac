namespace CubeActors.Actors;

/// <summary>How a node gives its leaderships away before it stops.</summary>
public sealed record DrainSettings
{
    /// <summary>How long a stop waits for other members to be ready; part of the time for the stop. Key process.hand-over-limit.</summary>
    public TimeSpan HandOverLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A group whose successor did not come to lead is asked again no sooner than this: an election that is under way needs its time. Key process.hand-over-again.</summary>
    public TimeSpan HandOverAgain { get; init; } = TimeSpan.FromSeconds(3);
}
