using System.Diagnostics;
using CubeActors.LoadGen;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>Writes and decides on deletes in one partition, at a rate, for as long as the trial goes. One thread.</summary>
internal sealed class PartitionWriter(PartitionBook book, Ledger ledger, TrialSettings settings, WorkGate gate, Tally tally)
{
    /// <summary>Extents that are appended to at a time, as many clients have open files.</summary>
    private const int OpenMax = 4;

    private const int AppendBytesMax = 64 * 1024, TinyBytesMax = 24 * 1024;

    /// <summary>An extent is closed behind this. Smaller than in life: the trial is about many extents, not about many bytes.</summary>
    private const long ExtentBytes = 512 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Random _random = new(settings.Seed * 7919 + (int)book.Id.Value);
    private readonly List<NormalPiece> _open = [];
    private ulong _objects;

    public void Run()
    {
        using var line = new PacketLine(Patience);
        var requests = new ChainRequests(book, line);
        var pause = TimeSpan.FromSeconds(1.0 / settings.Rate);
        for (var next = Stopwatch.GetTimestamp(); gate.Enter(); next += (long)(pause.TotalSeconds * Stopwatch.Frequency))
        {
            try
            {
                Step(requests);
            }
            catch (NodeFault)
            {
                tally.Add("lost connections");
            }
            finally
            {
                gate.Exit();
            }

            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next);
            if (wait > TimeSpan.Zero) gate.Wait(wait);
            else next = Stopwatch.GetTimestamp(); // what was missed while a node was away is not made up for
        }
    }

    private void Step(ChainRequests requests)
    {
        var live = ledger.Use(known => known.Normal.Values.Count(piece => piece.Life == Life.Live));
        switch (_random.Next(100))
        {
            case < 45:
                Append(requests, live);
                break;
            case < 65:
                WriteTiny(requests);
                break;
            case < 85 when live > _random.Next(settings.ExtentsMax):
                Condemn(_random.Next(6) == 0 ? 8 : 1);
                break;
            default:
                CondemnTiny(_random.Next(1, 4));
                break;
        }
    }

    private void Append(ChainRequests requests, int live)
    {
        if (_open.Count < OpenMax && live < settings.ExtentsMax * 2)
        {
            Create(requests);
            return;
        }

        if (_open.Count == 0) return;
        var piece = _open[_random.Next(_open.Count)];
        var data = new byte[_random.Next(1, AppendBytesMax)];
        Pattern.Fill(data, Pattern.KeyOf(book.Id, piece.Extent, piece.Generation), piece.Acknowledged);
        var isDone = false;
        try
        {
            var answer = requests.Append(piece.Extent, piece.Acknowledged, data);
            isDone = answer.IsOk;
            if (!isDone) tally.Add($"append: {answer.Header.Result}");
        }
        finally
        {
            ledger.Use(_ =>
            {
                if (isDone) piece.Acknowledged += data.Length;
                else piece.IsSealed = true;
            });
            if (isDone)
            {
                tally.Add(Tally.Appends);
                tally.Add(Tally.AppendedBytes, data.Length);
            }
            else
            {
                tally.Add(Tally.AppendsRefused);
            }

            if (!isDone || piece.Acknowledged >= ExtentBytes) _open.Remove(piece);
        }
    }

    private void Create(ChainRequests requests)
    {
        var answer = requests.Create();
        if (!answer.IsOk)
        {
            tally.Add($"create: {answer.Header.Result}");
            return;
        }

        var extent = answer.Header.Extent;
        var piece = ledger.Use(known =>
        {
            var before = known.Normal.GetValueOrDefault(extent);
            if (before is { Life: not Life.Dead }) throw new TrialViolation($"partition {book.Id}: extent {extent} was given out again while it is in use, by {book.Hosts[0].Name}");
            if (before is not null) known.Reused++;
            return known.Normal[extent] = new NormalPiece(extent, (before?.Generation ?? -1) + 1);
        });
        _open.Add(piece);
        tally.Add(Tally.Creates);
    }

    private void WriteTiny(ChainRequests requests)
    {
        var data = new byte[_random.Next(1, TinyBytesMax)];
        var key = Pattern.KeyOf(book.Id, default, 0) + (++_objects << 20);
        Pattern.Fill(data, key, 0);
        var answer = requests.WriteTiny(data);
        if (!answer.IsOk)
        {
            tally.Add($"tiny write: {answer.Header.Result}");
            return;
        }

        ledger.Use(known => known.Tiny.Add(new TinyPiece(answer.Header.Extent, answer.Header.ExtentOffset, data.Length, key)));
        tally.Add(Tally.TinyWrites);
    }

    /// <summary>What is open is left alone: clients delete closed files as a rule, and the writer of an open one would learn it by an error.</summary>
    private void Condemn(int count) => ledger.Use(known =>
    {
        var some = known.Normal.Values.Where(piece => piece.Life == Life.Live && !_open.Contains(piece)).ToList();
        for (; count > 0 && some.Count > 0; count--)
        {
            var at = _random.Next(some.Count);
            some[at].Life = Life.Dying;
            some.RemoveAt(at);
        }
    });

    private void CondemnTiny(int count) => ledger.Use(known =>
    {
        var some = known.Tiny.Where(piece => piece.Life == Life.Live).ToList();
        for (; count > 0 && some.Count > settings.ExtentsMax; count--)
        {
            var at = _random.Next(some.Count);
            some[at].Life = Life.Dying;
            some.RemoveAt(at);
        }
    });
}
