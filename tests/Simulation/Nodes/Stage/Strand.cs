using System.Diagnostics.CodeAnalysis;

namespace CubeActors.Simulation.Nodes;

/// <summary>Work that runs in the order it came, one item at a time, when the <see cref="Stage"/> lets it.</summary>
internal sealed class Strand(Stage stage, string name, int number, object? owner)
{
    private readonly Queue<Action> _work = new();
    private long _heldUntil;
    private StageTimer? _release;
    private bool _hasEnded;

    public string Name => name;

    public int Number => number;

    /// <summary>The process it is a part of.</summary>
    public object? Owner => owner;

    /// <summary>Where what leaves this strand goes on: the pool of its process.</summary>
    public Strand Home { get => field ?? this; init; }

    public int Waiting => _work.Count;

    internal bool IsListed { get; set; }

    private bool IsHeld => _heldUntil > stage.Ticks;

    public void Post(Action work)
    {
        stage.CheckThread();
        if (_hasEnded) return;
        _work.Enqueue(work);
        List();
    }

    /// <summary>Nothing of it runs for so long: a thread that hangs in the kernel, or that the machine gives no time.</summary>
    public void Hold(TimeSpan time)
    {
        if (_hasEnded) return;
        _heldUntil = Math.Max(_heldUntil, stage.Ticks + time.Ticks);
        _release ??= new StageTimer(stage, stage.Idle, List);
        _release.Change(TimeSpan.FromTicks(_heldUntil - stage.Ticks), Timeout.InfiniteTimeSpan);
    }

    /// <summary>What waits is forgotten, and nothing is taken any more.</summary>
    public void End()
    {
        _hasEnded = true;
        _work.Clear();
        _release?.Dispose();
    }

    internal bool TryTake([NotNullWhen(true)] out Action? work)
    {
        work = null;
        return !IsHeld && _work.TryDequeue(out work);
    }

    private void List()
    {
        if (IsListed || IsHeld || _work.Count == 0) return;
        IsListed = true;
        stage.Ready(this);
    }
}
