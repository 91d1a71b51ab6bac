using Akka.Actor;

namespace CubeActors.Persistence.Tests;

/// <summary>
/// Goal: whatever an actor was promised it recovers, nothing else, in order. Method: a seeded mix of writes, snapshots, deletions,
/// restarts, stops, failing handlers and reopened files, beside a model that is a list of words.
/// </summary>
public sealed class RandomHistoryTests : JournalTest
{
    private static readonly string[] Ids = ["a", "b", "c"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void An_actor_recovers_exactly_what_it_was_promised(int seed)
    {
        var random = new Random(seed);
        var model = Ids.ToDictionary(id => id, _ => new List<string>());
        var settings = new JournalSettings { PageEventsMax = 3, GroupWritesMax = 2 };
        var journal = OpenJournal(settings: settings);
        var actors = Ids.ToDictionary(id => id, id => StartLedger(journal, id));
        var written = 0;
        for (var step = 0; step < 300; step++)
        {
            var id = Ids[random.Next(Ids.Length)];
            switch (random.Next(20))
            {
                case < 10:
                    var words = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"w{written++}").ToArray();
                    actors[id].Tell(new Ledger.Add(words), Witness);
                    model[id].AddRange(words);
                    break;
                case < 12:
                    actors[id].Tell(new Ledger.AddInTwoSteps($"w{written}", $"w{written + 1}"), Witness);
                    model[id].AddRange([$"w{written}", $"w{written + 1}"]);
                    written += 2;
                    break;
                case < 14:
                    actors[id].Tell(new Ledger.Snapshot(), Witness);
                    // Covered by the snapshot of this moment, because commands keep their order.
                    if (random.Next(2) == 0) actors[id].Tell(new Ledger.DeleteTo(random.Next(model[id].Count + 1)), Witness);
                    break;
                case 14: actors[id].Tell(new Ledger.Crash(), Witness); break;
                case 15:
                    Stop(actors[id]);
                    actors[id] = StartLedger(journal, id);
                    break;
                case 16:
                    foreach (var actor in actors.Values) Stop(actor);
                    journal.Dispose();
                    journal = OpenJournal(settings: settings);
                    actors = Ids.ToDictionary(i => i, i => StartLedger(journal, i));
                    break;
                case 17: RunUntilIdle(); break;
                default:
                    ExpectWords(actors[id], string.Join(' ', model[id]), model[id].Count);
                    break;
            }
        }
        foreach (var id in Ids) ExpectWords(actors[id], string.Join(' ', model[id]), model[id].Count);
    }
}
