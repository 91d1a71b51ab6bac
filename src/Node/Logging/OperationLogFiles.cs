using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CubeActors.Actors;
using CubeActors.Protocol.Master;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>What was done most in each minute, on partitions and on disks, as files beside the log: off until an operator switches it on.</summary>
/// <remarks>Source of names and of the form of a block: CubeFS datanode/stat_log.go and util/stat/datanode_op_stats.go. Unlike there, the minute is the one that heartbeats tell of.</remarks>
internal sealed class OperationLogFiles : IAsyncDisposable
{
    public const string PartitionsName = "dp_op.log", DisksName = "disk_op.log";

    /// <summary>As long as what is counted: <see cref="RecentOperations"/> is renewed as often.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>A file of about a day with 100 lines a minute; then it is set aside, and the one set aside before it goes.</summary>
    private const long RotateBytes = 10L << 20;

    private readonly string _directory;
    private readonly Func<RecentOperations?> _recent;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly BackgroundWork _work;
    private volatile bool _isOn;
    private bool _hasFailed;

    /// <param name="directory">logDir itself.</param>
    /// <param name="recent">Null until the node exists.</param>
    public OperationLogFiles(string directory, Func<RecentOperations?> recent, TimeProvider time, ILogger log)
    {
        (_directory, _recent, _time, _log) = (directory, recent, time, log);
        _work = BackgroundWork.Every(Period, time, Write);
    }

    /// <summary>Whether blocks are written from now on.</summary>
    public bool IsOn { get => _isOn; set => _isOn = value; }

    public ValueTask DisposeAsync() => _work.DisposeAsync();

    /// <summary>One block of a file. Pure.</summary>
    internal static string Block(IEnumerable<OperationCount> counts, DateTimeOffset now)
    {
        var block = new StringBuilder();
        block.Append(CultureInfo.InvariantCulture, $"\n===============  Statistic in {Period.TotalSeconds:0.00}s, {now:yyyy-MM-dd HH:mm:ss}  =====================\n");
        foreach (var count in counts) block.Append(CultureInfo.InvariantCulture, $"{count.Name,-30} {count.Op,-10} {count.Count}\n");
        return block.ToString();
    }

    private void Write()
    {
        if (!_isOn || _recent() is not { } recent) return;
        try
        {
            Append(PartitionsName, recent.Partitions);
            Append(DisksName, recent.Disks);
            _hasFailed = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed) _log.Warning("The counts of operations cannot be written to {Directory}: {Failure}", _directory, failure.Message);
            _hasFailed = true; // said once, until it works again
        }
    }

    private void Append(string name, ImmutableArray<OperationCount> counts)
    {
        var file = new FileInfo(Path.Combine(_directory, name));
        if (file is { Exists: true, Length: > RotateBytes }) file.MoveTo($"{file.FullName}{RotatingFile.SetAside}", overwrite: true);
        File.AppendAllText(Path.Combine(_directory, name), Block(counts, _time.GetLocalNow()));
    }
}
