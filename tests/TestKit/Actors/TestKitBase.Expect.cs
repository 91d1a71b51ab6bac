using Akka.Actor;

namespace CubeActors.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>The next message, which must be a <typeparamref name="T"/>.</summary>
    public T ExpectMsg<T>(TimeSpan? duration = null, string? hint = null) => Expect<T>(duration, hint, null, null);

    /// <summary>The next message, which must equal <paramref name="message"/>.</summary>
    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string? hint = null) =>
        Expect<T>(timeout, hint, $"equal to {FailureText.Describe(message!)}", (m, _) => Equals(m, message));

    public T ExpectMsg<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null) =>
        Expect<T>(timeout, hint, "that fits the predicate", (m, _) => isMessage(m));

    public T ExpectMsg<T>(Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null) =>
        Expect<T>(timeout, hint, "that, with its sender, fits the predicate", isMessageAndSender);

    /// <param name="assert">Throws if the message is not the wanted one.</param>
    public T ExpectMsg<T>(Action<T> assert, TimeSpan? timeout = null, string? hint = null)
    {
        var message = Expect<T>(timeout, hint, null, null);
        assert(message);
        return message;
    }

    public T ExpectMsgFrom<T>(IActorRef sender, TimeSpan? duration = null, string? hint = null) =>
        Expect<T>(duration, hint, $"from {FailureText.Path(sender)}", (_, s) => s.Equals(sender));

    public T ExpectMsgFrom<T>(IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null) =>
        Expect<T>(timeout, hint, $"equal to {FailureText.Describe(message!)} from {FailureText.Path(sender)}",
            (m, s) => Equals(m, message) && s.Equals(sender));

    public T ExpectMsgAnyOf<T>(params T[] messages) =>
        Expect<T>(null, null, $"that is any of {List(messages)}", (m, _) => messages.Contains(m));

    /// <summary>As many messages as given, in any order, each equal to another one of <paramref name="messages"/>.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages)
    {
        var missing = messages.ToList();
        var received = new List<T>(messages.Length);
        while (missing.Count > 0)
        {
            if (Next(null) is not { } envelope)
                Fail($"Expected all of {List(messages)}; {List(missing)} did not come.");
            else if (envelope.Message is not T message || !missing.Remove(message))
                Fail($"Expected all of {List(messages)}, but there came {FailureText.Describe(envelope.Message)}.");
            else
                received.Add(message);
        }
        return received;
    }

    public Terminated ExpectTerminated(IActorRef target, TimeSpan? timeout = null, string? hint = null) =>
        Expect<Terminated>(timeout, hint, $"of {FailureText.Path(target)}", (t, _) => t.ActorRef.Equals(target));

    /// <summary>Nothing came: in virtual time without letting time pass, in real time within expect-no-message-default.</summary>
    public void ExpectNoMsg() => ExpectNoMsg(IsVirtual ? TimeSpan.Zero : NoMessageDefault);

    /// <summary>Nothing comes for <paramref name="duration"/>; virtual time passes by just as much.</summary>
    public void ExpectNoMsg(TimeSpan duration)
    {
        if (IsVirtual) Time.AdvanceUntil(duration, () => _inbox.HasMessages);
        if (Next(IsVirtual ? null : duration, isDeadline: false) is { } envelope)
            Fail($"Expected no message for {duration:c}, but there came {FailureText.Describe(envelope.Message)}.");
    }

    public void ExpectNoMsg(int milliseconds) => ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds));

    private T Expect<T>(TimeSpan? max, string? hint, string? which, Func<T, IActorRef, bool>? fits)
    {
        var expected = $"Expected a message [{FailureText.TypeName(typeof(T))}]{(which is null ? "" : $" {which}")}";
        if (Next(max) is not { } envelope)
            Fail($"{expected}, but nothing came.", hint);
        else if (envelope.Message is not T message)
            Fail($"{expected}, but there came {FailureText.Describe(envelope.Message)} from {FailureText.Path(envelope.Sender)}.", hint);
        else if (fits is not null && !fits(message, envelope.Sender))
            Fail($"{expected}, but there came another: {FailureText.Describe(message)} from {FailureText.Path(envelope.Sender)}.", hint);
        else
            return message;
        return default;
    }

    private static string List<T>(IEnumerable<T> messages) => $"{{{string.Join(", ", messages.Select(m => FailureText.Describe(m!)))}}}";
}
