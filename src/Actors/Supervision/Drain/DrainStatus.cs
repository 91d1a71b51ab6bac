using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>How far a drain is with one raft group.</summary>
public enum DrainStep
{
    /// <summary>This replica leads it still; <see cref="GroupDrain.Why"/> says what it waits for.</summary>
    Led,

    /// <summary>Another member is asked whether it serves, or to lead.</summary>
    Asking,

    /// <summary>Another member leads, or is being elected.</summary>
    HandedOver,
}

/// <summary>One raft group that was led here when the drain began, or came to be led here since.</summary>
/// <param name="To">Data address of the member that took it over or is asked to; empty for none.</param>
/// <param name="Why">Why it is still led here; empty if it is not.</param>
public sealed record GroupDrain(PartitionId Partition, DrainStep Step, string To, string Why);

/// <summary>A drain at one moment.</summary>
/// <param name="IsDraining">The node gives leadership away and takes none.</param>
/// <param name="IsStopping">It is the first part of a stop, and cannot be taken back.</param>
/// <param name="IsDone">Nothing more is expected to be handed over.</param>
/// <param name="Since">When it began; null where none is under way.</param>
/// <param name="TimeLeft">Of the time for handing over; zero once it is over or where none is under way.</param>
/// <param name="Groups">By partition.</param>
/// <param name="Connections">Connections and smux streams that are open now.</param>
/// <param name="InFlight">Requests that are not answered yet.</param>
public sealed record DrainStatus(
    bool IsDraining, bool IsStopping, bool IsDone, DateTimeOffset? Since, TimeSpan TimeLeft, IReadOnlyList<GroupDrain> Groups, int Connections, int InFlight)
{
    /// <summary>None is under way.</summary>
    public static readonly DrainStatus None = new(false, false, false, null, TimeSpan.Zero, [], 0, 0);

    /// <summary>Groups still led here.</summary>
    public int StillLed => Groups.Count(group => group.Step != DrainStep.HandedOver);
}

/// <summary>Drains a node without ending it, and takes that back. Thread-safe; nothing here waits.</summary>
public interface INodeDrain
{
    DrainStatus Status { get; }

    /// <summary>Begins a drain; one that is under way goes on.</summary>
    /// <returns>Null, or why not.</returns>
    string? Begin();

    /// <summary>Takes a drain back; without one nothing changes.</summary>
    /// <returns>Null, or why not: a stop is not taken back.</returns>
    string? Cancel();
}
