namespace CubeActors.Decommission;

/// <summary>The writers and deleters of all partitions of a trial.</summary>
internal sealed class Workload : IDisposable
{
    private readonly WorkGate _gate = new();
    private readonly List<Thread> _threads = [];
    private volatile Exception? _failure;

    public Workload(IReadOnlyList<PartitionBook> partitions, TrialSettings settings)
    {
        foreach (var book in partitions)
        {
            var ledger = new Ledger();
            Ledgers.Add(book, ledger);
            Start($"writer of {book.Id}", new PartitionWriter(book, ledger, settings, _gate, Tally).Run);
            Start($"deleter of {book.Id}", new PartitionDeleter(book, ledger, settings, _gate, Tally).Run);
        }
    }

    public Dictionary<PartitionBook, Ledger> Ledgers { get; } = [];

    public Tally Tally { get; } = new();

    /// <summary>A violation that a writer met, or a fault of this program; null so far.</summary>
    public Exception? Failure => _failure;

    /// <summary>Nothing more is written; deletes go on until all that was condemned is gone.</summary>
    public void Pause() => _gate.Close();

    public void Resume() => _gate.Open();

    /// <summary>Deletes that are not acknowledged yet.</summary>
    public int Dying => Ledgers.Values.Sum(ledger => ledger.Use(known => known.Normal.Values.Count(piece => piece.Life == Life.Dying) + known.Tiny.Count(piece => piece.Life == Life.Dying)));

    public void Dispose()
    {
        _gate.End();
        foreach (var thread in _threads) thread.Join();
    }

    private void Start(string name, Action run)
    {
        var thread = new Thread(() =>
        {
            try
            {
                run();
            }
            catch (Exception e)
            {
                _failure ??= e;
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        _threads.Add(thread);
        thread.Start();
    }
}
