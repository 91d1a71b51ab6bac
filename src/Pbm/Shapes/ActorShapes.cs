using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record ActorReplyShape(int Shown, [property: Description("that gave no answer in time")] int Silent, ActorShape Actor);

internal sealed record ActorShape(
    [property: Description("below /user")] string Path, string? Kind, [property: Description("its own words, or no answer")] string State, bool Answered, DateTimeOffset? StartedAt, DateTimeOffset? Since,
    [property: Description("messages that wait")] int? Mailbox, int Restarts, ActorFailureShape? LastFailure, IReadOnlyDictionary<string, string> Details, IReadOnlyList<ActorShape> Children,
    [property: Description("children that are not listed")] int Omitted, [property: Description("children that failed and are there no more")] IReadOnlyList<ActorFailureShape> Lost);

internal sealed record ActorFailureShape(string Name, [property: Description("what its supervisor did: Restart, Stop, Escalate or Resume")] string Directive, string Message, DateTimeOffset At);
