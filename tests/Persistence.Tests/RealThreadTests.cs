using Akka.Actor;

namespace CubeActors.Persistence.Tests;

/// <summary>The journal on its own thread and actors on the thread pool: what virtual time cannot show.</summary>
public sealed class RealThreadTests : TestKit.TestKit
{
    private readonly string _directory = Directory.CreateTempSubdirectory("journal-").FullName;

    [Fact]
    public void Many_actors_that_write_at_once_each_recover_all_they_were_promised()
    {
        const int Actors = 16, EventsEach = 50;
        var path = Path.Combine(_directory, "journal.db");
        var witness = CreateTestProbe();
        using (var journal = SqliteJournal.Open(path, JournalTest.Events))
        {
            var ledgers = Enumerable.Range(0, Actors).Select(i => Sys.ActorOf(Ledger.PropsFor(journal, $"l{i}", witness))).ToArray();
            for (var e = 0; e < EventsEach; e++)
            {
                foreach (var ledger in ledgers) ledger.Tell(new Ledger.Add($"w{e}"), TestActor);
            }
            var promised = ReceiveN(Actors * EventsEach, TimeSpan.FromSeconds(60));
            Assert.Equal(Actors, promised.OfType<Ledger.Words>().Count(w => w.LastSequenceNr == EventsEach));
        }
        using var reopened = SqliteJournal.Open(path, JournalTest.Events);
        for (var i = 0; i < Actors; i++)
        {
            Sys.ActorOf(Ledger.PropsFor(reopened, $"l{i}", witness)).Tell(new Ledger.Get(), TestActor);
            Assert.Equal(Enumerable.Range(0, EventsEach).Select(e => $"w{e}"), ExpectMsg<Ledger.Words>(TimeSpan.FromSeconds(30)).All);
        }
    }

    [Fact]
    public void Closing_performs_and_answers_what_was_accepted()
    {
        var path = Path.Combine(_directory, "closing.db");
        var witness = CreateTestProbe();
        var journal = SqliteJournal.Open(path, JournalTest.Events);
        var ledger = Sys.ActorOf(Ledger.PropsFor(journal, "a", witness));
        witness.FishForMessage<Ledger.Recovered>(r => r.What.StartsWith("completed", StringComparison.Ordinal));
        ledger.Tell(new Ledger.Add("one"), TestActor);
        ExpectMsg<Ledger.Words>(TimeSpan.FromSeconds(30));
        journal.Dispose();
        journal.Dispose();
        ledger.Tell(new Ledger.Add("two"), TestActor);
        Assert.Equal($"The journal '{path}' is closed.", witness.ExpectMsg<Ledger.PersistRejected>(TimeSpan.FromSeconds(30)).Reason);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Directory.Delete(_directory, recursive: true);
    }
}
