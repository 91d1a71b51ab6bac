namespace CubeActors.Decommission;

/// <summary>Who is killed: chosen by what it does in the move, so that fifty rounds meet each role often.</summary>
internal enum Victim
{
    /// <summary>Its replicas are moved away.</summary>
    Source,

    /// <summary>It is filled.</summary>
    Target,

    /// <summary>The first host of the first partition that stays: it leads repair, and is the source of the copy.</summary>
    First,

    /// <summary>One that reports to lead the raft group of a partition.</summary>
    Leader,

    /// <summary>Any of the others.</summary>
    Bystander,
}

/// <summary>One kill -9.</summary>
/// <param name="Share">When: the part of the time that the move before took.</param>
/// <param name="Down">How long it stays away.</param>
internal sealed record PlannedKill(Victim Victim, double Share, TimeSpan Down)
{
    /// <summary>Beyond the end of a move of the usual length, too: what follows it must stand a kill as well.</summary>
    private const double ShareMax = 1.2;

    public static PlannedKill Draw(Random random) =>
        new((Victim)random.Next((int)Victim.Bystander + 1), random.NextDouble() * ShareMax, TimeSpan.FromMilliseconds(random.Next(1500)));
}
