using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Akka.Actor;

namespace CubeActors.Persistence.Tests;

/// <summary>The actor of these tests: remembers words in order. What it heard during recovery it tells to a witness.</summary>
internal sealed class Ledger : ReceivePersistentActor
{
    public sealed record Add(params string[] Words);
    public sealed record AddInTwoSteps(string First, string Second);
    public sealed record Defer(string Word, string Mark);
    public sealed record Get;
    public sealed record Words(ImmutableArray<string> All, long LastSequenceNr)
    {
        public bool Equals(Words? other) => other is not null && LastSequenceNr == other.LastSequenceNr && All.SequenceEqual(other.All);
        public override int GetHashCode() => HashCode.Combine(LastSequenceNr, All.Length);
        public override string ToString() => $"{string.Join(' ', All)} @{LastSequenceNr}";
    }
    public sealed record Snapshot;
    public sealed record DeleteTo(long SequenceNr);
    public sealed record DeleteAllSnapshots;
    public sealed record Load;
    public sealed record Persisting(object Unregistered);
    public sealed record Crash;
    public sealed record Recovered(string What);
    public sealed record PersistFailed(string Reason, object Event, long SequenceNr);
    public sealed record PersistRejected(string Reason, object Event, long SequenceNr);
    public sealed record RecoveryFailed(string Reason);
    public sealed record Overflowed(object Command);

    public sealed record Options
    {
        public Recovery Recovery { get; init; } = Recovery.Default;
        public int StashCapacity { get; init; } = 100;
        public string? ThrowInHandlerOf { get; init; }
        public string? ThrowOnRecoveryOf { get; init; }
    }

    private readonly string _id;
    private readonly IActorRef _witness;
    private readonly Options _options;
    private ImmutableArray<string> _words = [];

    public Ledger(SqliteJournal journal, string id, IActorRef witness, Options options) : base(journal)
    {
        (_id, _witness, _options) = (id, witness, options);
        Recover<SnapshotOffer>(offer =>
        {
            _words = [.. ((LedgerState)offer.Snapshot).Words];
            _witness.Tell(new Recovered($"snapshot {offer.Metadata.SequenceNr}"));
        });
        Recover<WordAdded>(added =>
        {
            if (added.Word == _options.ThrowOnRecoveryOf) throw new InvalidOperationException("told to fail on recovery");
            _words = _words.Add(added.Word);
            _witness.Tell(new Recovered($"{added.Word} {LastSequenceNr} {IsRecovering}"));
        });
        Recover<RecoveryCompleted>(_ => _witness.Tell(new Recovered($"completed {LastSequenceNr} {IsRecovering}")));

        Command<Add>(add => PersistAll(add.Words.Select(w => new WordAdded(w)), Apply));
        Command<AddInTwoSteps>(add => Persist(new WordAdded(add.First), first =>
        {
            Apply(first);
            Persist(new WordAdded(add.Second), Apply);
        }));
        Command<Defer>(defer =>
        {
            Persist(new WordAdded(defer.Word), Apply);
            DeferAsync(defer.Mark, mark => Sender.Tell(mark));
        });
        Command<Get>(_ => Sender.Tell(new Words(_words, LastSequenceNr)));
        Command<Snapshot>(_ => SaveSnapshot(new LedgerState([.. _words])));
        Command<DeleteTo>(delete => DeleteMessages(delete.SequenceNr));
        Command<DeleteAllSnapshots>(_ => DeleteSnapshots(SnapshotSelectionCriteria.Latest));
        Command<Load>(_ => LoadSnapshot(PersistenceId, SnapshotSelectionCriteria.Latest, long.MaxValue));
        Command<Persisting>(persist => Persist(persist.Unregistered, _ => { }));
        Command<Crash>(_ => throw new InvalidOperationException("told to crash"));
        CommandAny(answer => _witness.Tell(answer));
    }

    public override string PersistenceId => _id;
    public override Recovery Recovery => _options.Recovery;
    protected override int InternalStashCapacity => _options.StashCapacity;

    public static Props PropsFor(SqliteJournal journal, string id, IActorRef witness, Options? options = null) =>
        Props.Create(() => new Ledger(journal, id, witness, options ?? new Options()));

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _witness.Tell(new PersistFailed(cause.Message, @event, sequenceNr));
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        _witness.Tell(new PersistRejected(cause.Message, @event, sequenceNr));

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        _witness.Tell(new RecoveryFailed(reason.Message));
        base.OnRecoveryFailure(reason, message);
    }

    protected override void OnStashOverflow(object command)
    {
        _witness.Tell(new Overflowed(command));
        base.OnStashOverflow(command);
    }

    private void Apply(WordAdded added)
    {
        if (added.Word == _options.ThrowInHandlerOf) throw new InvalidOperationException("told to fail in a handler");
        _words = _words.Add(added.Word);
        Sender.Tell(new Words(_words, LastSequenceNr));
    }
}

internal sealed record WordAdded(string Word);
internal sealed record LedgerState(IReadOnlyList<string> Words);

[JsonSerializable(typeof(WordAdded))]
[JsonSerializable(typeof(LedgerState))]
internal sealed partial class LedgerJson : JsonSerializerContext;
