using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Actors as they describe themselves: /cubeactors/actors.</summary>
/// <param name="Shown">Actors in the tree.</param>
/// <param name="Silent">Of them, those that did not answer in time.</param>
internal sealed record ActorReply(int Shown, int Silent, ActorFacts Actor)
{
    public static ActorReply Of(ActorView view)
    {
        var facts = ActorFacts.Of(view);
        return new ActorReply(facts.All().Count(), facts.All().Count(actor => !actor.Answered), facts);
    }
}

/// <param name="State">In the words of the actor; "no answer" where it gave none in time.</param>
/// <param name="Kind">Absent without an answer.</param>
/// <param name="Mailbox">Messages that wait; absent where nobody counts.</param>
/// <param name="Omitted">Children that are not listed.</param>
/// <param name="Lost">Children that failed and are there no more.</param>
internal sealed record ActorFacts(
    string Path, string? Kind, string State, bool Answered, DateTimeOffset? StartedAt, DateTimeOffset? Since, int? Mailbox, int Restarts, ActorFailure? LastFailure,
    IReadOnlyDictionary<string, string> Details, IReadOnlyList<ActorFacts> Children, int Omitted, IReadOnlyList<ActorFailure> Lost)
{
    public static ActorFacts Of(ActorView view) => new(
        view.Path, view.Kind.Length > 0 ? view.Kind : null, view.State, view.HasAnswered, view.StartedAt, view.Since, view.Mailbox, view.Restarts, view.LastFailure,
        view.Details.DistinctBy(detail => detail.Name).ToDictionary(detail => detail.Name, detail => detail.Value), [.. view.Children.Select(Of)], view.Omitted, view.Lost);

    public IEnumerable<ActorFacts> All() => Children.SelectMany(child => child.All()).Prepend(this);
}
