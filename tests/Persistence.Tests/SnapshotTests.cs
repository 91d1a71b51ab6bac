using Akka.Actor;

namespace CubeActors.Persistence.Tests;

public sealed class SnapshotTests : JournalTest
{
    [Fact]
    public void Recovery_begins_with_the_newest_snapshot_and_goes_on_with_the_events_after_it()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        Tell(ledger, new Ledger.Add("one", "two"), new Ledger.Snapshot(), new Ledger.Add("three"));
        Assert.Equal(new SnapshotMetadata("a", 2, Time.GetUtcNow().UtcDateTime), Saved());
        Stop(ledger);

        var again = SpawnLedger(journal);
        Witness.ExpectMsg(new Ledger.Recovered("snapshot 2"));
        Witness.ExpectMsg(new Ledger.Recovered("three 3 True"));
        Witness.ExpectMsg(new Ledger.Recovered("completed 3 False"));
        ExpectWords(again, "one two three", 3);
    }

    [Fact]
    public void Deleted_events_are_not_missed_if_a_snapshot_covers_them()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        Tell(ledger, new Ledger.Add("one", "two"), new Ledger.Snapshot(), new Ledger.DeleteTo(2), new Ledger.Add("three"));
        Saved();
        Assert.Equal(2, Witness.FishForMessage<DeleteMessagesSuccess>(_ => true).ToSequenceNr);
        Stop(ledger);
        ExpectWords(SpawnLedger(journal), "one two three", 3);
    }

    [Fact]
    public void A_sequence_number_is_never_given_twice_even_if_all_events_were_deleted()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        Tell(ledger, new Ledger.Add("one", "two"), new Ledger.DeleteTo(long.MaxValue));
        Stop(ledger);
        var again = SpawnLedger(journal);
        again.Tell(new Ledger.Add("three"), TestActor);
        ExpectMsg(Words("three", 3));
    }

    [Fact]
    public void Without_its_snapshots_an_actor_recovers_from_the_events()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        Tell(ledger, new Ledger.Add("one"), new Ledger.Snapshot(), new Ledger.DeleteAllSnapshots());
        Assert.Equal(SnapshotSelectionCriteria.Latest, Witness.FishForMessage<DeleteSnapshotsSuccess>(_ => true).Criteria);
        Stop(ledger);
        SpawnLedger(journal);
        Witness.ExpectMsg(new Ledger.Recovered("one 1 True"));
    }

    [Fact]
    public void An_older_snapshot_can_be_asked_for_by_number_or_time()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        Tell(ledger, new Ledger.Add("one"), new Ledger.Snapshot());
        var first = Saved();
        Advance(TimeSpan.FromMinutes(1));
        Tell(ledger, new Ledger.Add("two"), new Ledger.Snapshot());
        Saved();
        Stop(ledger);
        foreach (var criteria in (SnapshotSelectionCriteria[])[new(1), new(long.MaxValue, first.Timestamp)])
        {
            var again = SpawnLedger(journal, options: new Ledger.Options { Recovery = new Recovery(criteria) });
            Witness.ExpectMsg(new Ledger.Recovered("snapshot 1"));
            Witness.ExpectMsg(new Ledger.Recovered("two 2 True"));
            Witness.ExpectMsg(new Ledger.Recovered("completed 2 False"));
            Stop(again);
        }
    }

    [Fact]
    public void A_running_actor_can_load_a_snapshot_and_hears_if_there_is_none()
    {
        var ledger = StartLedger(OpenJournal());
        Tell(ledger, new Ledger.Load());
        Assert.Null(Witness.ExpectMsg<LoadSnapshotResult>().Snapshot);
        Tell(ledger, new Ledger.Add("one"), new Ledger.Snapshot(), new Ledger.Load());
        var offer = Witness.FishForMessage<LoadSnapshotResult>(_ => true).Snapshot!;
        Assert.Equal(["one"], Assert.IsType<LedgerState>(offer.Snapshot).Words);
    }

    [Fact]
    public void A_snapshot_with_an_unknown_manifest_fails_the_recovery()
    {
        using (var journal = OpenJournal())
        {
            var ledger = StartLedger(journal);
            Tell(ledger, new Ledger.Add("one"), new Ledger.Snapshot());
            Saved();
            Stop(ledger);
        }
        Sql("UPDATE snapshots SET manifest = 'later'");
        var again = Watch(SpawnLedger(OpenJournal()));
        Assert.StartsWith(
            $"Snapshot 1 of 'a' in the journal '{FilePath}' has the manifest 'later'",
            Witness.ExpectMsg<Ledger.RecoveryFailed>().Reason, StringComparison.Ordinal);
        ExpectTerminated(again);
    }

    [Fact]
    public void A_snapshot_that_cannot_be_stored_is_reported_and_the_actor_goes_on()
    {
        using (OpenJournal()) { }
        Sql("CREATE TRIGGER no BEFORE INSERT ON snapshots BEGIN SELECT RAISE(FAIL, 'no snapshot'); END");
        var ledger = StartLedger(OpenJournal());
        Tell(ledger, new Ledger.Add("one"), new Ledger.Snapshot());
        Assert.Contains("no snapshot", Witness.FishForMessage<SaveSnapshotFailure>(_ => true).Cause.Message, StringComparison.Ordinal);
        ExpectWords(ledger, "one", 1);
    }

    private void Tell(IActorRef ledger, params Span<object> commands)
    {
        foreach (var command in commands) ledger.Tell(command, Witness);
    }

    private SnapshotMetadata Saved() => Witness.FishForMessage<SaveSnapshotSuccess>(_ => true).Metadata;
}
