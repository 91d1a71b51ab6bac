using System.Diagnostics;
using CubeActors.Client;
using CubeActors.LoadGen;
using CubeActors.Protocol.Objects;

namespace CubeActors.Restart;

/// <summary>Clients of a volume: appenders with files that stay open, overwriters and readers. An operation ends as the client library says.</summary>
internal sealed class ClientLoad : IAsyncDisposable
{
    /// <summary>An appender begins a new file here, and deletes the old one: what is stored stays small.</summary>
    private const int FileBytesMax = 16 << 20;

    private const int AppendBytes = 128 * 1024, PageBytes = 4096, PreparedBytes = 1 << 20;

    /// <summary>Between two operations of one client: a stall is looked for, not a full machine.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly CubeClient _client;
    private readonly LoadOptions _options;
    private readonly byte[] _content = new byte[PreparedBytes];
    private readonly List<ObjectExtent> _prepared = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly OperationTally _appends = new("append"), _overwrites = new("overwrite"), _reads = new("read");
    private Task _running = Task.CompletedTask;

    private ClientLoad(LoadOptions options)
    {
        _options = options;
        _client = new CubeClient(new CubeClientOptions(new MasterSettings(options.Masters))
        {
            Client = new ClientSettings { PlacementPatience = options.Patience },
        });
        new Random(1).NextBytes(_content);
    }

    private VolumeExtents Extents => _client.Extents(_options.Volume);

    /// <summary>Writes what is read and overwritten, and begins.</summary>
    public static async Task<ClientLoad> StartAsync(LoadOptions options)
    {
        var load = new ClientLoad(options);
        try
        {
            for (var i = 0; i < options.Overwriters + options.Readers; i++)
            {
                using var file = load.Extents.OpenAppender();
                await file.AppendAsync(load._content);
                await file.CloseAsync();
                load._prepared.Add(file.Pieces[0]);
            }
        }
        catch (IOException e) // of the client or the master
        {
            await load.DisposeAsync();
            throw new NodeFault($"the load cannot be prepared: {e.Message}", e);
        }

        load._running = Task.WhenAll(
            [
                .. Enumerable.Range(0, options.Appenders).Select(_ => Task.Run(load.AppendAsync)),
                .. Enumerable.Range(0, options.Overwriters).Select(i => Task.Run(() => load.OverwriteAsync(load._prepared[i], i))),
                .. Enumerable.Range(options.Overwriters, options.Readers).Select(i => Task.Run(() => load.ReadAsync(load._prepared[i], i))),
            ]);
        return load;
    }

    public void Begin()
    {
        foreach (var tally in (OperationTally[])[_appends, _overwrites, _reads]) tally.Begin();
    }

    public IReadOnlyList<OperationReport> Report()
    {
        var reports = new List<OperationReport>();
        if (_options.Appenders > 0) reports.Add(_appends.Report());
        if (_options.Overwriters > 0) reports.Add(_overwrites.Report());
        if (_options.Readers > 0) reports.Add(_reads.Report());
        return reports;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await DeleteAsync(_prepared);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task AppendAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            using var file = Extents.OpenAppender();
            var failed = false;
            for (var written = 0; written < FileBytesMax && !failed && !_stop.IsCancellationRequested; written += AppendBytes)
            {
                failed = !await MeasureAsync(_appends, async () =>
                {
                    await file.AppendAsync(_content.AsMemory(0, AppendBytes));
                    await file.SettleAsync();
                });
            }

            await DeleteAsync(file.Created);
        }
    }

    private async Task OverwriteAsync(ObjectExtent piece, int seed)
    {
        var random = new Random(seed);
        while (!_stop.IsCancellationRequested)
        {
            var at = random.Next((int)(piece.Size / PageBytes)) * PageBytes;
            await MeasureAsync(_overwrites, () => Extents.OverwriteAsync(piece, at, _content.AsMemory(at, PageBytes)).AsTask());
        }
    }

    private async Task ReadAsync(ObjectExtent piece, int seed)
    {
        var random = new Random(seed);
        var page = new byte[PageBytes];
        while (!_stop.IsCancellationRequested)
        {
            var at = random.Next((int)(piece.Size / PageBytes)) * PageBytes;
            await MeasureAsync(_reads, () => Extents.ReadAsync(piece, at, page).AsTask());
        }
    }

    private static async Task<bool> MeasureAsync(OperationTally tally, Func<Task> operation)
    {
        var startedAt = Stopwatch.GetTimestamp();
        string? failure = null;
        try
        {
            await operation();
        }
        catch (IOException e) // of the client or the master: what an application would see
        {
            failure = e.Message;
        }

        tally.Count(startedAt, failure);
        await Task.Delay(Pause);
        return failure is null;
    }

    private async Task DeleteAsync(IReadOnlyList<ObjectExtent> extents)
    {
        if (extents.Count == 0) return;
        try
        {
            var pass = await _client.Objects(_options.Volume).DeletePiecesAsync(extents);
            if (pass.Remaining.Count > 0) await Console.Error.WriteLineAsync($"{pass.Remaining.Count} extents are left over: {pass.LastError}");
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"{extents.Count} extents are left over: {e.Message}");
        }
    }
}
