using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What a start depends on besides its ports: the ports of the first start, and that at least one disk can be used. It runs beside everything else.</summary>
/// <remarks>Each look is taken on a thread of its own: a disk that hangs must hold up neither the others nor the process.</remarks>
internal sealed class StartChecks
{
    /// <summary>What does not answer by then is left to the node, which serves the others meanwhile.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly NodeSettings _settings;
    private readonly NodeServices _services;
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StartChecks(NodeSettings settings, NodeServices services)
    {
        (_settings, _services) = (settings, services);
    }

    /// <summary>Completes when disks and masters may be touched. Never fails: see <see cref="Completion"/>.</summary>
    public Task Passed => _passed.Task;

    /// <summary>Completes when all has been looked at, or has not answered in time.</summary>
    /// <exception cref="SettingsException">There is no start: the ports differ, or no disk can be used. One of several disks that cannot is the node's to
    /// report, and no reason to take the others away.</exception>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public static StartChecks Begin(NodeSettings settings, NodeServices services, CancellationToken stop)
    {
        var checks = new StartChecks(settings, services);
        checks.Completion = checks.RunAsync(stop);
        return checks;
    }

    private async Task RunAsync(CancellationToken stop)
    {
        var disks = _settings.DataNode.Disks;
        var looks = disks.Select(disk => LookAsync(disk.Path, () => DiskCheck.Run(_settings.File, [disk], _services.Files), stop)).ToList();
        var ports = LookAsync(_settings.RaftDirectory, CheckPorts, stop);
        if ((await ports).Problem is { } difference) throw difference;

        var unusable = new List<SettingsException>();
        await foreach (var look in Task.WhenEach(looks))
        {
            var (notes, problem) = await look;
            foreach (var note in notes) _services.Log.Write(note.Level, "{Note:l}", note.Text);
            if (problem is null) _passed.TrySetResult(); // the first disk that can be used is enough
            else unusable.Add(problem);
        }

        if (unusable.Count > 0 && unusable.Count == disks.Count) throw unusable[0];
        foreach (var failure in unusable) _services.Log.Error("{Failure:l}; starting without it", failure.Message);
        _passed.TrySetResult();
    }

    private IReadOnlyList<SettingsNote> CheckPorts()
    {
        FirstStartPorts.Check(_settings, _services.Files);
        return [];
    }

    private async Task<(IReadOnlyList<SettingsNote> Notes, SettingsException? Problem)> LookAsync(
        string path, Func<IReadOnlyList<SettingsNote>> look, CancellationToken stop)
    {
        try
        {
            return (await Task.Factory.StartNew(look, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Deadline, _services.Time, stop), null);
        }
        catch (TimeoutException)
        {
            _services.Log.Warning("{Path} has not answered within {Deadline}; starting without waiting for it", path, Quantity.FormatTime(Deadline));
            return ([], null);
        }
        catch (SettingsException failure)
        {
            return ([], failure);
        }
    }
}
