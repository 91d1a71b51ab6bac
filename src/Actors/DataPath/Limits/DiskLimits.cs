using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The limits of one disk: a gate for each kind of work, and the token of its one repair read.</summary>
/// <remarks>Thread-safe. <see cref="NodeLimits"/> sets them.</remarks>
internal sealed class DiskLimits : IDisposable
{
    private readonly IoGate[] _gates;

    public DiskLimits(DiskBudget budget, TimeProvider time)
    {
        Budget = budget;
        _gates = [.. Enum.GetValues<IoKind>().Select(kind => new IoGate(kind, time))];
        // What others read here gives way as what this disk fetches does. It waits on this node, for time alone: nobody is kept by it for ever.
        budget.RepairPaced = this[IoKind.AsyncRead].Pace;
    }

    /// <summary>For a partition that is not on a limited disk: no gate is ever limited.</summary>
    public static readonly DiskLimits None = new(new TrafficBudgets(BudgetSettings.None, [""], TimeProvider.System, static () => int.MaxValue).PerDisk[0], TimeProvider.System);

    /// <summary>The disk's root, as configured.</summary>
    public string Path => Budget.Path;

    /// <summary>What repair, scrubbing and deletes may do on the disk.</summary>
    public DiskBudget Budget { get; }

    /// <summary>Held by the repair read that goes on, where the node allows one a disk.</summary>
    public RepairReadToken RepairRead { get; } = new();

    /// <summary>Held by repair tasks for other replicas of the partitions here: most of what those fetch is read from this disk.</summary>
    public CountLimit RepairTasks { get; } = new();

    public IoGate this[IoKind kind] => _gates[(int)kind];

    /// <param name="clientRatesApply">Operations and bytes of clients are limited, not only how many are served at a time.</param>
    public void Apply(DiskQosSettings settings, bool clientRatesApply, int writeQueueFactor)
    {
        Invariant.Check(this != None);
        foreach (var kind in Enum.GetValues<IoKind>())
            this[kind].Set(settings.Of(kind), kind is IoKind.Read or IoKind.Write ? clientRatesApply : settings.IsAsyncEnabled, writeQueueFactor);
    }

    public DiskQosFigures Figures() => new(
        Path, this[IoKind.Read].Figures(), this[IoKind.Write].Figures(), this[IoKind.AsyncRead].Figures(), this[IoKind.AsyncWrite].Figures(), this[IoKind.Delete].Figures());

    public void Dispose()
    {
        foreach (var gate in _gates) gate.Dispose();
    }
}
