using System.Text.RegularExpressions;
using Akka.Event;

namespace CubeActors.TestKit;

/// <summary>Begins an expectation on log events or dead letters: `EventFilter.Exception&lt;T&gt;().ExpectOne(() => ...)`.</summary>
public sealed class EventFilterFactory
{
    private readonly TestKitBase _kit;
    private readonly LogTap _log;

    internal EventFilterFactory(TestKitBase kit, LogTap log) => (_kit, _log) = (kit, log);

    public EventFilterApplier Exception<TException>(
        string? message = null, string? start = null, string? contains = null, string? source = null)
        where TException : Exception => Exception(typeof(TException), message, start, contains, source);

    public EventFilterApplier Exception<TException>(Regex pattern, string? source = null) where TException : Exception =>
        Log<Error>($"error with {typeof(TException).Name}",
            e => e.Cause is TException && (pattern.IsMatch(Text(e)) || pattern.IsMatch(e.Cause.Message)), source);

    public EventFilterApplier Exception(
        Type exceptionType, string? message = null, string? start = null, string? contains = null, string? source = null) =>
        Log<Error>($"error with {exceptionType.Name}", e => exceptionType.IsInstanceOfType(e.Cause)
            && (Fits(Text(e), message, start, contains) || Fits(e.Cause.Message, message, start, contains)), source);

    public EventFilterApplier Error(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        Log<Error>("error", e => Fits(Text(e), message, start, contains), source);

    public EventFilterApplier Error(Regex pattern, string? source = null) => Log<Error>("error", e => pattern.IsMatch(Text(e)), source);

    public EventFilterApplier Warning(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        Log<Warning>("warning", e => Fits(Text(e), message, start, contains), source);

    public EventFilterApplier Warning(Regex pattern, string? source = null) =>
        Log<Warning>("warning", e => pattern.IsMatch(Text(e)), source);

    public EventFilterApplier Info(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        Log<Info>("info", e => Fits(Text(e), message, start, contains), source);

    public EventFilterApplier Info(Regex pattern, string? source = null) => Log<Info>("info", e => pattern.IsMatch(Text(e)), source);

    public EventFilterApplier Debug(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        Log<Debug>("debug", e => Fits(Text(e), message, start, contains), source);

    public EventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool>? isMessage = null) =>
        new(_kit, _log, $"dead letter [{FailureText.TypeName(typeof(TMessage))}]",
            m => m is DeadLetter { Message: TMessage letter } && (isMessage is null || isMessage(letter)));

    public EventFilterApplier Custom(Predicate<LogEvent> predicate) => Log<LogEvent>("log event", predicate, null);

    private EventFilterApplier Log<TEvent>(string what, Predicate<TEvent> fits, string? source) where TEvent : LogEvent =>
        new(_kit, _log, what, m => m is TEvent e && fits(e) && (source is null || e.LogSource.Contains(source, StringComparison.Ordinal)));

    private static string Text(LogEvent e) => e.Message?.ToString() ?? "";

    private static bool Fits(string text, string? message, string? start, string? contains) =>
        (message is null || text == message)
        && (start is null || text.StartsWith(start, StringComparison.Ordinal))
        && (contains is null || text.Contains(contains, StringComparison.Ordinal));
}

/// <summary>What is to happen to events that fit.</summary>
public sealed class EventFilterApplier
{
    private readonly TestKitBase _kit;
    private readonly LogTap _log;
    private readonly string _what;
    private readonly Func<object, bool> _fits;

    internal EventFilterApplier(TestKitBase kit, LogTap log, string what, Func<object, bool> fits) =>
        (_kit, _log, _what, _fits) = (kit, log, what, fits);

    public void ExpectOne(Action action) => Expect(1, action);
    public void ExpectOne(TimeSpan timeout, Action action) => Expect(1, timeout, action);
    public T ExpectOne<T>(Func<T> function) => Expect(1, function);
    public void Expect(int expectedCount, Action action) => Expect(expectedCount, _kit.RemainingOrDefault, action);

    public T Expect<T>(int expectedCount, Func<T> function)
    {
        var result = default(T)!;
        Expect(expectedCount, () => { result = function(); });
        return result;
    }

    /// <summary>
    /// While the action runs, and until all it causes has run (or the timeout, in real time), exactly so many events fit.
    /// </summary>
    public void Expect(int expectedCount, TimeSpan timeout, Action action)
    {
        var expectation = new EventExpectation(_fits);
        _log.Add(expectation);
        try
        {
            action();
            if (_kit.IsVirtual) _kit.RunUntilIdle();
            else SpinWait.SpinUntil(() => expectation.Seen >= expectedCount, timeout);
        }
        finally
        {
            _log.Remove(expectation);
        }
        if (expectation.Seen != expectedCount) _kit.Fail($"Expected {expectedCount} times: {_what}, but saw {expectation.Seen}.");
    }

    /// <summary>Runs the action; events that fit may come or not.</summary>
    public void Mute(Action action) => action();
}
