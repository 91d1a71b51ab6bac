using Akka.Actor;

namespace CubeActors.Persistence.Tests;

public sealed class RecoveryTests : JournalTest
{
    [Fact]
    public void An_actor_without_history_is_told_only_that_recovery_completed()
    {
        SpawnLedger(OpenJournal());
        Witness.ExpectMsg(new Ledger.Recovered("completed 0 False"));
        Witness.ExpectNoMsg();
    }

    [Fact]
    public void Events_come_back_in_order_after_the_journal_was_closed_and_opened()
    {
        using (var journal = OpenJournal())
        {
            var ledger = StartLedger(journal);
            ledger.Tell(new Ledger.Add("one", "two"), Witness);
            ledger.Tell(new Ledger.Add("three"), Witness);
            Witness.ReceiveN(3);
            Stop(ledger);
        }
        var again = SpawnLedger(OpenJournal());
        Witness.ExpectMsg(new Ledger.Recovered("one 1 True"));
        Witness.ExpectMsg(new Ledger.Recovered("two 2 True"));
        Witness.ExpectMsg(new Ledger.Recovered("three 3 True"));
        Witness.ExpectMsg(new Ledger.Recovered("completed 3 False"));
        ExpectWords(again, "one two three", 3);
    }

    [Fact]
    public void Commands_sent_during_recovery_wait_for_its_end_and_keep_their_order()
    {
        var journal = OpenJournal();
        var first = StartLedger(journal);
        first.Tell(new Ledger.Add("one"), Witness);
        Witness.ExpectMsg(Words("one", 1));
        Stop(first);

        var again = SpawnLedger(journal);
        again.Tell(new Ledger.Add("two"), TestActor);
        again.Tell(new Ledger.Get(), TestActor);
        again.Tell(new Ledger.Add("three"), TestActor);
        ExpectMsg(Words("one two", 2));
        ExpectMsg(Words("one two", 2));
        ExpectMsg(Words("one two three", 3));
    }

    [Fact]
    public void A_history_longer_than_a_page_is_read_page_by_page()
    {
        var journal = OpenJournal(settings: new JournalSettings { PageEventsMax = 3 });
        var words = Enumerable.Range(1, 10).Select(i => $"w{i}").ToArray();
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add(words), Witness);
        Stop(ledger);
        ExpectWords(SpawnLedger(journal), string.Join(' ', words), 10);
    }

    [Fact]
    public void A_page_ends_after_the_event_that_exceeds_its_bytes()
    {
        var journal = OpenJournal(settings: new JournalSettings { PageBytesMax = 1 });
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one", "two", "three"), Witness);
        Stop(ledger);
        ExpectWords(SpawnLedger(journal), "one two three", 3);
    }

    [Fact]
    public void Recovery_up_to_a_sequence_number_ends_there_but_new_events_go_behind_all()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one", "two", "three"), Witness);
        Stop(ledger);
        var recovery = new Recovery(SnapshotSelectionCriteria.Latest, ToSequenceNr: 2);
        var partly = SpawnLedger(journal, options: new Ledger.Options { Recovery = recovery });
        ExpectWords(partly, "one two", 3);
        partly.Tell(new Ledger.Add("four"), TestActor);
        ExpectMsg(Words("one two four", 4));
    }

    [Fact]
    public void Recovery_of_at_most_so_many_events_stops_after_them()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one", "two", "three"), Witness);
        Stop(ledger);
        ExpectWords(SpawnLedger(journal, options: new Ledger.Options { Recovery = new Recovery { ReplayMax = 1 } }), "one", 3);
    }

    [Fact]
    public void Recovery_None_recovers_nothing_but_the_last_sequence_number()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one", "two"), Witness);
        Stop(ledger);
        ExpectWords(SpawnLedger(journal, options: new Ledger.Options { Recovery = Recovery.None }), "", 2);
    }

    [Fact]
    public void A_restarted_actor_recovers_and_still_serves_the_commands_it_had_stashed()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one"), TestActor);
        ledger.Tell(new Ledger.Crash(), TestActor);
        ledger.Tell(new Ledger.Add("two"), TestActor);
        EventFilter.Exception<InvalidOperationException>("told to crash").ExpectOne(RunUntilIdle);
        ExpectMsg(Words("one", 1));
        ExpectMsg(Words("one two", 2));
    }

    [Fact]
    public void An_event_with_an_unknown_manifest_fails_the_recovery_and_names_it()
    {
        using (var journal = OpenJournal())
        {
            var ledger = StartLedger(journal);
            ledger.Tell(new Ledger.Add("one"), Witness);
            Stop(ledger);
        }
        Sql("UPDATE events SET manifest = 'word-shouted'");
        var again = Watch(SpawnLedger(OpenJournal()));
        EventFilter.Error(contains: "Failed to recover a").ExpectOne(RunUntilIdle);
        Assert.Equal(
            $"Event 1 of 'a' in the journal '{FilePath}' has the manifest 'word-shouted', which this program does not know; "
                + "a newer version may have written it.",
            Witness.FishForMessage<Ledger.RecoveryFailed>(_ => true).Reason);
        ExpectTerminated(again);
    }

    [Theory]
    [InlineData("'not json'")]
    [InlineData("'null'")]
    [InlineData("'{\"Word\": 5}'")]
    public void An_event_that_does_not_fit_its_manifest_fails_the_recovery(string payload)
    {
        using (var journal = OpenJournal())
        {
            var ledger = StartLedger(journal);
            ledger.Tell(new Ledger.Add("one"), Witness);
            Stop(ledger);
        }
        Sql($"UPDATE events SET payload = CAST({payload} AS BLOB)");
        var again = Watch(SpawnLedger(OpenJournal()));
        Assert.StartsWith(
            $"Event 1 of 'a' in the journal '{FilePath}' does not fit its manifest 'word-added': ",
            Witness.FishForMessage<Ledger.RecoveryFailed>(_ => true).Reason, StringComparison.Ordinal);
        ExpectTerminated(again);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void A_missing_event_fails_the_recovery_instead_of_being_skipped(int missing)
    {
        using (var journal = OpenJournal())
        {
            var ledger = StartLedger(journal);
            ledger.Tell(new Ledger.Add("one", "two", "three"), Witness);
            Stop(ledger);
        }
        Sql($"DELETE FROM events WHERE seq = {missing}");
        var again = Watch(SpawnLedger(OpenJournal()));
        Assert.Equal(
            $"The journal '{FilePath}' is incomplete: event {missing} of 'a' is missing, but there are later ones.",
            Witness.FishForMessage<Ledger.RecoveryFailed>(_ => true).Reason);
        ExpectTerminated(again);
    }

    [Fact]
    public void An_exception_while_an_event_is_recovered_stops_the_actor_and_its_commands_become_dead_letters()
    {
        var journal = OpenJournal();
        var ledger = StartLedger(journal);
        ledger.Tell(new Ledger.Add("one"), Witness);
        Stop(ledger);
        var again = Watch(SpawnLedger(journal, options: new Ledger.Options { ThrowOnRecoveryOf = "one" }));
        again.Tell(new Ledger.Get(), TestActor);
        EventFilter.DeadLetter<Ledger.Get>().ExpectOne(RunUntilIdle);
        Assert.Equal("told to fail on recovery", Witness.FishForMessage<Ledger.RecoveryFailed>(_ => true).Reason);
        ExpectTerminated(again);
    }

    [Fact]
    public void A_journal_that_does_not_answer_in_time_fails_the_recovery()
    {
        using var journal = SqliteJournal.Open(FilePath, Events, new JournalSettings { RunOn = _ => { } });
        var ledger = Watch(SpawnLedger(journal));
        Advance(TimeSpan.FromSeconds(29));
        Witness.ExpectNoMsg();
        Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            $"The journal '{FilePath}' gave no answer for 00:00:30.", Witness.FishForMessage<Ledger.RecoveryFailed>(_ => true).Reason);
        ExpectTerminated(ledger);
    }

    [Fact]
    public void A_closed_journal_fails_the_recovery()
    {
        var journal = OpenJournal();
        journal.Dispose();
        var ledger = Watch(SpawnLedger(journal));
        Assert.Equal($"The journal '{FilePath}' is closed.", Witness.ExpectMsg<Ledger.RecoveryFailed>().Reason);
        ExpectTerminated(ledger);
    }
}
