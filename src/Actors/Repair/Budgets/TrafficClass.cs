namespace CubeActors.Actors;

/// <summary>Work that has a budget because no client waits for it.</summary>
public enum TrafficClass
{
    /// <summary>A replica fetches what it lacks. Counted in bytes.</summary>
    Repair,

    /// <summary>Cold data is read to see whether it is sound. Counted in bytes.</summary>
    Scrub,

    /// <summary>Extents and objects are deleted. Counted in pieces.</summary>
    Delete,
}

/// <summary>All of them.</summary>
internal static class TrafficClasses
{
    /// <summary>In the order of their numbers.</summary>
    public static readonly IReadOnlyList<TrafficClass> All = Enum.GetValues<TrafficClass>();
}
