using System.Globalization;
using Akka.Actor;

namespace CubeActors.Actors;

/// <summary>An actor that tells what it is and does, and, as a parent, whose failures it has met: the base of all actors of the node.</summary>
/// <remarks>
/// The question is answered before the message reaches the state that the actor is in, so that no state has to know of it. It goes through the mailbox all the
/// same: nothing of an actor is read behind its back, and one that does not get to its messages is seen not to.
/// <para>
/// Handlers are registered in the constructor or in the method of a state, as with ReceiveActor, and tried in that order. What is registered is kept as it is:
/// ReceiveActor builds a matcher from it, for each actor and each state anew, which costs a tenth of a millisecond an actor, and there are several for each
/// of a thousand partitions.
/// </para>
/// </remarks>
internal abstract class ReportingActor : ActorBase
{
    private readonly ActorRecords _records;
    private readonly DateTimeOffset _startedAt;
    private List<MessageHandler> _handlers = [];
    private bool _isRegistering = true; // from the constructor on until the first message

    protected ReportingActor()
    {
        _records = ActorRecords.Of(Context.System);
        _startedAt = _records.Now;
    }

    /// <summary>In this state messages of a type are for this handler.</summary>
    /// <param name="takes">Null: all of them. What it refuses goes to the next handler.</param>
    protected void Receive<T>(Action<T> handler, Predicate<T>? takes = null) => Register(new MessageHandler<T>(handler, takes));

    /// <inheritdoc cref="Receive{T}(Action{T}, Predicate{T}?)"/>
    protected void Receive<T>(Predicate<T> takes, Action<T> handler) => Receive(handler, takes);

    /// <summary>What no handler before this one takes.</summary>
    protected void ReceiveAny(Action<object> handler) => Receive(handler);

    /// <summary>From the next message on it is in another state.</summary>
    /// <param name="state">Registers the handlers of the state.</param>
    protected void Become(Action state)
    {
        (_handlers, var wasRegistering) = ([], _isRegistering);
        _isRegistering = true;
        state();
        _isRegistering = wasRegistering;
    }

    private void Register(MessageHandler handler)
    {
        Runtime.Invariant.Check(_isRegistering);
        _handlers.Add(handler);
    }

    protected sealed override bool Receive(object message)
    {
        _isRegistering = false;
        foreach (var handler in _handlers)
            if (handler.TryTake(message)) return true; // and at once: it may have changed the state
        return false;
    }

    /// <summary>What it tells of itself. Called within its turn; must not change anything.</summary>
    protected abstract ActorState Describe();

    /// <param name="kind">One or two words.</param>
    /// <param name="state">One or two words.</param>
    /// <param name="details">Null and empty values are left out.</param>
    internal static ActorState Say(string kind, string state, params ReadOnlySpan<(string Name, object? Value)> details) => Say(kind, state, since: null, details);

    /// <inheritdoc cref="Say(string, string, ReadOnlySpan{ValueTuple{string, object}})"/>
    internal static ActorState Say(string kind, string state, DateTimeOffset? since, params ReadOnlySpan<(string Name, object? Value)> details)
    {
        var told = new List<ActorDetail>(details.Length);
        foreach (var (name, value) in details)
            if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text) told.Add(new ActorDetail(name, text));
        return new ActorState(kind, state, since, told);
    }

    /// <summary>Supervision by one rule for all children; what the rule was asked about is remembered for whoever looks.</summary>
    protected SupervisorStrategy Supervise(Func<Exception, Directive> decide, bool loggingEnabled = true)
    {
        var records = _records; // not this: a strategy outlives nobody, and a closure over it says so
        return new OneForOneStrategy(
            -1, Timeout.Infinite, cause =>
            {
                var directive = decide(cause);
                records.Note(Sender.Path, directive, cause);
                return directive;
            },
            loggingEnabled);
    }

    /// <summary>As Akka.NET does it where nothing else is said: what fails starts anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Supervise(Akka.Actor.SupervisorStrategy.DefaultDecider.Decide);

    /// <inheritdoc/>
    protected override bool AroundReceive(Receive receive, object message) =>
        message is DescribeYourself ? Answer(Context, _startedAt, Describe) : base.AroundReceive(receive, message);

    /// <summary>Answers <see cref="DescribeYourself"/>: for actors that have another base.</summary>
    /// <remarks>A description that fails must not end what it describes: then that is what is told.</remarks>
    /// <returns>True: the message is done with.</returns>
    internal static bool Answer(IActorContext context, DateTimeOffset startedAt, Func<ActorState> describe)
    {
        ActorState state;
        try
        {
            state = describe();
        }
        catch (Exception mistake)
        {
            state = Say(context.Self.Path.Name, "cannot describe itself", ("mistake", $"{mistake.GetType().Name}: {mistake.Message}"));
        }

        context.Sender.Tell(new ActorReport(state, startedAt, [.. context.GetChildren()]), context.Self);
        return true;
    }
}
