namespace CubeActors.Actors;

/// <summary>How the ledger of operations is kept.</summary>
public sealed record LedgerSettings
{
    /// <summary>Operations that have ended and are kept, the newest ones; of comparisons a tenth of that. An entry takes about 600 bytes, in memory and in the file.</summary>
    public int HistoryEntries { get; init; } = 2000;

    /// <summary>And for how long.</summary>
    public TimeSpan HistoryAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The progress of an operation is written at most this often, and as often it is looked whether it has any. Its beginning and its end are written at once.</summary>
    public TimeSpan ProgressPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A file that could not be written is tried again after this.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromMinutes(1);
}
