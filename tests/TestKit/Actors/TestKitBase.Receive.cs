using Akka.Actor;

namespace CubeActors.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>The next message, or null if there is none (within <paramref name="max"/>, in real time).</summary>
    public object? ReceiveOne(TimeSpan? max = null) => Next(max, isDeadline: false)?.Message;

    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan? max = null)
    {
        var until = Now + (max ?? RemainingOrDefault);
        var messages = new List<object>(numberOfMessages);
        while (messages.Count < numberOfMessages)
        {
            if (Next(until - Now) is not { } envelope)
                Fail($"Expected {numberOfMessages} messages, but only {messages.Count} came.");
            else
                messages.Add(envelope.Message);
        }
        return messages;
    }

    /// <summary>Skips messages until one fits.</summary>
    public object FishForMessage(Predicate<object> isMessage, TimeSpan? max = null, string hint = "") =>
        FishForMessage<object>(isMessage, max, hint);

    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? max = null, string hint = "")
    {
        var until = Now + (max ?? RemainingOrDefault);
        var skipped = 0;
        while (true)
        {
            if (Next(until - Now) is not { } envelope)
                Fail($"Fished for a message [{FailureText.TypeName(typeof(T))}], but none fitted; {skipped} were skipped.",
                    hint.Length == 0 ? null : hint);
            else if (envelope.Message is T message && isMessage(message))
                return message;
            skipped++;
        }
    }

    // In virtual time the limit is not waited for: once idle, nothing more can come.
    private MessageEnvelope? Next(TimeSpan? max, bool isDeadline = true)
    {
        if (IsVirtual) Loop.RunUntilIdle();
        var wait = IsVirtual ? TimeSpan.Zero : Clamp(max ?? RemainingOrDefault);
        if (isDeadline && _end is { } end && Now > end) Fail($"Expected the block of Within to be over by +{end:c}.");
        var envelope = _inbox.Take(wait);
        if (envelope is null) return null;
        LastMessage = envelope.Message;
        LastSender = envelope.Sender;
        return envelope;
    }

    private TimeSpan Clamp(TimeSpan wait)
    {
        if (_end is { } end && end - Now < wait) wait = end - Now;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
