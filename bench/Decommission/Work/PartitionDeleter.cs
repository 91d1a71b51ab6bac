using CubeActors.LoadGen;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>Deletes what the writer has condemned, as a metanode does: the same again and again until all replicas have said that it is done. One thread.</summary>
internal sealed class PartitionDeleter(PartitionBook book, Ledger ledger, TrialSettings settings, WorkGate gate, Tally tally)
{
    /// <summary>Source: CubeFS metanode/nodeinfo.go DefaultDeleteBatchCounts is 128; the trial has less to delete.</summary>
    private const int BatchMax = 16;

    /// <summary>A batch may wait a minute for its partition.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(70);

    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(50), Again = TimeSpan.FromMilliseconds(200);

    private readonly Random _random = new(settings.Seed * 104729 + (int)book.Id.Value);

    public void Run()
    {
        using var line = new PacketLine(Patience);
        var requests = new ChainRequests(book, line);
        while (!gate.IsOver)
        {
            var (normal, tiny) = Next();
            if (normal.Count + tiny.Count == 0)
            {
                gate.Wait(Idle);
                continue;
            }

            var isDone = false;
            try
            {
                isDone = TryDelete(requests, normal, tiny);
            }
            catch (NodeFault)
            {
                tally.Add("lost connections");
            }

            if (isDone) continue;
            tally.Add(Tally.DeleteRetries);
            gate.Wait(Again);
        }
    }

    private (List<NormalPiece> Normal, List<TinyPiece> Tiny) Next() => ledger.Use(known =>
    {
        var normal = known.Normal.Values.Where(piece => piece.Life == Life.Dying).ToList();
        var tiny = known.Tiny.Where(piece => piece.Life == Life.Dying).ToList();
        // By turns, so that one that is refused for long does not keep the others.
        if (normal.Count > 0) normal = normal[_random.Next(normal.Count)..];
        if (tiny.Count > 0) tiny = tiny[_random.Next(tiny.Count)..];
        return (normal.Take(BatchMax).ToList(), tiny.Take(BatchMax).ToList());
    });

    private bool TryDelete(ChainRequests requests, List<NormalPiece> normal, List<TinyPiece> tiny)
    {
        if (_random.Next(2) == 0) return Take(requests.DeleteMany(normal, tiny), "batch delete", normal, tiny);
        return normal.Count > 0 && (tiny.Count == 0 || _random.Next(2) == 0)
            ? Take(requests.DeleteOne(normal[0].Extent), "delete", [normal[0]], [])
            : Take(requests.DeleteOne(tiny[0]), "tiny delete", [], [tiny[0]]);
    }

    private bool Take(Answer answer, string what, List<NormalPiece> normal, List<TinyPiece> tiny)
    {
        if (!answer.IsOk)
        {
            tally.Add($"{what}: {answer.Header.Result}");
            return false;
        }

        ledger.Use(_ =>
        {
            foreach (var piece in normal) piece.Life = Life.Dead;
            foreach (var piece in tiny) piece.Life = Life.Dead;
        });
        tally.Add(Tally.Deletes, normal.Count + tiny.Count);
        return true;
    }
}
