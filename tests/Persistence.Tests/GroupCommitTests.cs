using Akka.Actor;

namespace CubeActors.Persistence.Tests;

public sealed class GroupCommitTests : JournalTest
{
    [Fact]
    public void Writes_that_wait_together_share_one_transaction()
    {
        var journal = OpenJournal();
        var ledgers = Enumerable.Range(0, 20).Select(i => StartLedger(journal, $"l{i}")).ToArray();
        var before = journal.Commits;
        foreach (var ledger in ledgers) ledger.Tell(new Ledger.Add("one"), TestActor);
        ReceiveN(20);
        Assert.Equal(1, journal.Commits - before);
    }

    [Fact]
    public void A_group_is_cut_at_its_limit()
    {
        var journal = OpenJournal(settings: new JournalSettings { GroupWritesMax = 8 });
        var ledgers = Enumerable.Range(0, 20).Select(i => StartLedger(journal, $"l{i}")).ToArray();
        var before = journal.Commits;
        foreach (var ledger in ledgers) ledger.Tell(new Ledger.Add("one"), TestActor);
        ReceiveN(20);
        Assert.Equal(3, journal.Commits - before);
    }

    [Fact]
    public void One_actors_conflict_does_not_fail_the_others_of_its_group()
    {
        var journal = OpenJournal();
        var (first, twin, other) = (StartLedger(journal), Watch(StartLedger(journal)), StartLedger(journal, "b"));
        first.Tell(new Ledger.Add("one"), CreateTestProbe());
        twin.Tell(new Ledger.Add("twice"), CreateTestProbe());
        other.Tell(new Ledger.Add("one"), CreateTestProbe());
        ExpectTerminated(twin);
        Assert.Equal(1, Witness.ExpectMsg<Ledger.PersistFailed>().SequenceNr);
        ExpectWords(first, "one", 1);
        ExpectWords(other, "one", 1);
    }

    [Fact]
    public void A_failed_transaction_fails_all_its_writes_and_leaves_nothing_behind()
    {
        using (OpenJournal()) { }
        Sql("CREATE TRIGGER bad BEFORE INSERT ON events WHEN NEW.persistence_id = 'b' BEGIN SELECT RAISE(ROLLBACK, 'all gone'); END");
        var journal = OpenJournal();
        var ledgers = (IActorRef[])[StartLedger(journal, "a"), StartLedger(journal, "b"), StartLedger(journal, "c")];
        foreach (var ledger in ledgers) ledger.Tell(new Ledger.Add("one"), TestActor);
        ExpectNoMsg();
        Assert.Equal(3, Witness.ReceiveN(3).OfType<Ledger.PersistFailed>().Count());
        foreach (var id in (string[])["a", "b", "c"]) ExpectWords(StartLedger(journal, id), "", 0);
        StartLedger(journal, "c").Tell(new Ledger.Add("two"), TestActor); // the journal itself goes on
        ExpectMsg(Words("two", 1));
    }

    [Fact]
    public void The_file_keeps_its_promise_settings_while_open()
    {
        using var journal = OpenJournal();
        Assert.Equal(("wal", 2L), (journal.Pragma("journal_mode"), journal.Pragma("synchronous")));
    }
}
