using Akka.Actor;
using Akka.Event;

namespace CubeActors.Actors;

/// <summary>What are you, and what are you doing? Every <see cref="ReportingActor"/> answers with an <see cref="ActorReport"/>, whatever state it is in.</summary>
/// <remarks>An actor may end before it is asked: that is no message that anybody misses.</remarks>
internal sealed class DescribeYourself : IDeadLetterSuppression
{
    public static readonly DescribeYourself Instance = new();
}

/// <summary>What an actor says of itself, when the question comes to its turn.</summary>
/// <param name="StartedAt">When this incarnation was made.</param>
/// <param name="Children">As they are now.</param>
internal sealed record ActorReport(ActorState State, DateTimeOffset StartedAt, IReadOnlyList<IActorRef> Children);

/// <summary>What an actor knows to tell of itself.</summary>
/// <param name="Kind">What it is, one or two words: the same for all of its kind.</param>
/// <param name="State">What it does, one or two words.</param>
/// <param name="Since">Since when; null where it does not know.</param>
internal sealed record ActorState(string Kind, string State, DateTimeOffset? Since, IReadOnlyList<ActorDetail> Details);

/// <summary>One thing that an actor tells of itself.</summary>
/// <param name="Value">As text; numbers without separators, times in seconds.</param>
public readonly record struct ActorDetail(string Name, string Value);
