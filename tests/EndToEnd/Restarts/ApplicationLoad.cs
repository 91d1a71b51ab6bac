using System.Collections.Concurrent;
using System.Diagnostics;
using CubeActors.Client;
using CubeActors.Protocol.Objects;

namespace CubeActors.EndToEnd;

/// <summary>
/// Applications at work: eight that store objects, two that overwrite blocks, two that read and compare. Each knows the cluster through the
/// client only, and an operation that the client gives up is a failed one.
/// </summary>
internal sealed class ApplicationLoad
{
    private const int Putters = 8, Overwriters = 2, Readers = 2;

    /// <summary>One fits a tiny extent, one takes a dozen packets of a normal one.</summary>
    private static readonly int[] ObjectBytes = [40_000, 1_500_000];

    /// <summary>After each operation: two cores also run the nodes, and what is asked for is a stall, not a full machine.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private readonly CubeClient _client;
    private readonly byte[] _content;
    private readonly StoredObject _still;
    private readonly OverwriteTrial _overwrites;
    private readonly ConcurrentBag<(StoredObject Stored, int Skip)> _stored = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    private ApplicationLoad(CubeClient client, byte[] content, StoredObject still, OverwriteTrial overwrites) =>
        (_client, _content, _still, _overwrites) = (client, content, still, overwrites);

    public OperationTally Puts { get; } = new("puts");

    public OperationTally Reads { get; } = new("reads");

    private ObjectStore Objects => _client.Objects(ClusterProcesses.Volume);

    /// <summary>Stores what is read and overwritten, and begins.</summary>
    /// <param name="client">Stays the caller's.</param>
    public static async Task<ApplicationLoad> StartAsync(CubeClient client)
    {
        const int MiB = 1 << 20;
        var content = Content.Take(8 * MiB);
        var objects = client.Objects(ClusterProcesses.Volume);
        var still = await objects.PutAsync("still", new MemoryStream(content, 0, 2 * MiB));
        var pieces = new List<ObjectExtent>();
        // Several objects, so that several groups have leaders on several nodes.
        for (var i = 0; i < Overwriters; i++)
        {
            var one = await objects.PutAsync($"moving {i}", new MemoryStream(content, i * MiB, MiB));
            foreach (var piece in one.Extents) pieces.Add(piece with { FileOffset = piece.FileOffset + ((long)i * MiB) });
        }

        var overwrites = new OverwriteTrial(client.Extents(ClusterProcesses.Volume), pieces, content.AsMemory(0, Overwriters * MiB), seed: 1);
        var load = new ApplicationLoad(client, content, still, overwrites);
        load._running = Task.WhenAll(
            [
                .. Enumerable.Range(0, Putters).Select(putter => Task.Run(() => load.PutAsync(putter))),
                .. Enumerable.Range(0, Readers).Select(reader => Task.Run(() => load.ReadAsync(reader))),
                overwrites.RunAsync(Overwriters, load._stop.Token),
            ]);
        return load;
    }

    /// <summary>Every kind of operation gets some more through.</summary>
    public Task GoesOnAsync(string when, Func<string> explain)
    {
        const int Some = 10;
        var (puts, reads, overwrites) = (Puts.Done + Some, Reads.Done + Some, _overwrites.Counts.Acknowledged + Some);
        return Eventually.TrueAsync(
            $"applications go on {when}", () => Puts.Done >= puts && Reads.Done >= reads && _overwrites.Counts.Acknowledged >= overwrites,
            () => $"{Describe()}{Environment.NewLine}{explain()}");
    }

    /// <summary>Lets every operation that is under way come to its end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>Reads back all that was acknowledged, and every block from every replica.</summary>
    public async Task<string> VerifyAsync()
    {
        foreach (var (stored, skip) in _stored)
        {
            var read = new MemoryStream((int)stored.Size);
            await Objects.GetAsync(stored.Name, read);
            Assert.True(_content.AsSpan(skip, (int)stored.Size).SequenceEqual(read.GetBuffer().AsSpan(0, (int)read.Length)), $"{stored.Name} came back different");
        }

        return $"{_stored.Count} objects read back, {await _overwrites.VerifyAsync()} copies of blocks right and identical";
    }

    public void AssertNothingFailed() =>
        Assert.True(Puts.Failed == 0 && Reads.Failed == 0 && _overwrites.Counts.Unknown == 0, Describe());

    public string Describe()
    {
        var counts = _overwrites.Counts;
        return string.Join(Environment.NewLine, $"{Puts}", $"{Reads}",
            $"overwrites: {counts.Acknowledged} done, {counts.Unknown} failed, longest {counts.Slowest.TotalSeconds:0.00} s {counts.LastFailure}".TrimEnd());
    }

    private async Task PutAsync(int putter)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var bytes = ObjectBytes[(putter + i) % ObjectBytes.Length];
            var skip = ((putter * 97) + (i * 31)) * 4096 % (_content.Length - bytes);
            var start = Stopwatch.GetTimestamp();
            try
            {
                _stored.Add((await Objects.PutAsync($"put {putter} {i}", new MemoryStream(_content, skip, bytes)), skip));
                Puts.Count(Stopwatch.GetElapsedTime(start));
            }
            catch (IOException e) // of the client or its master: no other failure is foreseen
            {
                Puts.Fail(Stopwatch.GetElapsedTime(start), e.Message);
            }

            await Task.Delay(Pause);
        }
    }

    private async Task ReadAsync(int reader)
    {
        var extents = _client.Extents(ClusterProcesses.Volume);
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var piece = _still.Extents[i % _still.Extents.Count];
            var read = new byte[Math.Min(100_000, piece.Size)];
            var skip = i * 37L * 4096 % (piece.Size - read.Length + 1);
            var start = Stopwatch.GetTimestamp();
            try
            {
                await extents.ReadAsync(piece, skip, read, (reader + i) % 2 == 0 ? ReadSource.AnyReplica : ReadSource.RaftLeader);
                var isRight = _content.AsSpan((int)(piece.FileOffset + skip), read.Length).SequenceEqual(read);
                if (isRight) Reads.Count(Stopwatch.GetElapsedTime(start));
                else Reads.Fail(Stopwatch.GetElapsedTime(start), $"other bytes at {skip} of {piece}");
            }
            catch (IOException e)
            {
                Reads.Fail(Stopwatch.GetElapsedTime(start), e.Message);
            }

            await Task.Delay(Pause);
        }
    }
}
