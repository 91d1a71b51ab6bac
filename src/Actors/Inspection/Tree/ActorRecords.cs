using Akka.Actor;

namespace CubeActors.Actors;

/// <summary>Which actors of a system have failed, and how often they were started anew. One for each actor system. Thread-safe.</summary>
internal sealed class ActorRecords : IExtension
{
    /// <summary>Actors whose failures are remembered; the one that failed longest ago is forgotten first.</summary>
    public const int KeptMax = 512;

    /// <summary>Characters of a failure's message that are kept.</summary>
    private const int MessageCharactersMax = 400;

    private static readonly Provider Id = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ActorRecord> _records = new(StringComparer.Ordinal);
    private volatile TimeProvider _time = TimeProvider.System;

    /// <summary>Says when something happened; a node sets its own.</summary>
    public TimeProvider Time { set => _time = value; }

    public DateTimeOffset Now => _time.GetUtcNow();

    public static ActorRecords Of(ActorSystem system) => Id.Apply(system);

    /// <summary>A supervisor has decided what becomes of a child that failed.</summary>
    public void Note(ActorPath child, Directive directive, Exception cause)
    {
        var path = Name(child);
        var message = $"{cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")}";
        if (message.Length > MessageCharactersMax) message = message[..MessageCharactersMax] + "...";
        lock (_lock)
        {
            if (!_records.ContainsKey(path) && _records.Count >= KeptMax) _records.Remove(_records.MinBy(record => record.Value.LastFailure.At).Key);
            var known = _records.GetValueOrDefault(path);
            _records[path] = new ActorRecord(
                (known?.Failures ?? 0) + 1, (known?.Restarts ?? 0) + (directive == Directive.Restart ? 1 : 0), new ActorFailure(child.Name, directive.ToString(), message, Now));
        }
    }

    /// <returns>Null for one that never failed, or so long ago that it is forgotten.</returns>
    public ActorRecord? Find(ActorPath actor)
    {
        lock (_lock) return _records.GetValueOrDefault(Name(actor));
    }

    /// <summary>The failures of children of an actor that are there no more, the last one first.</summary>
    /// <param name="children">Those that are there.</param>
    public IReadOnlyList<ActorFailure> Lost(ActorPath parent, IEnumerable<IActorRef> children)
    {
        var prefix = Name(parent) + "/";
        var known = children.Select(child => child.Path.Name).ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            return
            [
                .. _records.Where(record => record.Key.StartsWith(prefix, StringComparison.Ordinal) && record.Key.IndexOf('/', prefix.Length) < 0 && !known.Contains(record.Key[prefix.Length..]))
                    .Select(record => record.Value.LastFailure).OrderByDescending(failure => failure.At),
            ];
        }
    }

    private static string Name(ActorPath path) => path.ToStringWithoutAddress();

    private sealed class Provider : ExtensionIdProvider<ActorRecords>
    {
        public override ActorRecords CreateExtension(ExtendedActorSystem system) => new();
    }
}

/// <param name="Failures">All together.</param>
/// <param name="Restarts">Of them, those after which it was started anew.</param>
internal sealed record ActorRecord(int Failures, int Restarts, ActorFailure LastFailure);

/// <summary>A failure of an actor, and what its supervisor made of it.</summary>
/// <param name="Name">Of the actor, the last part of its path.</param>
/// <param name="Directive">Restart, Stop, Escalate or Resume.</param>
/// <param name="Message">Type and message of the exception.</param>
public sealed record ActorFailure(string Name, string Directive, string Message, DateTimeOffset At);
