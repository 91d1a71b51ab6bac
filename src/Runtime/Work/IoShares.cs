namespace CubeActors.Runtime;

/// <summary>Decides whose work comes next on the threads of a disk: the class that has had least of its share of the disk's time.</summary>
/// <remarks>
/// Of the time that is asked for by all, clients get 14 parts of 17, loading 2 and repair 1; what a class does not ask for, the others share. It is
/// time that is shared and not turns: the loading of one partition takes as long as a hundred reads. Nobody saves up while it asks for nothing, and no
/// debt is larger than <see cref="DebtMax"/>: one item that hung for a minute does not shut its class out for ten. Not thread-safe.
/// Invariant: a class that asks is served after at most <see cref="DebtMax"/> times the weights of the others over its own.
/// </remarks>
public sealed class IoShares
{
    /// <summary>The classes of <see cref="IoClass"/>.</summary>
    public const int Classes = 3;

    /// <summary>What a class may be behind because its items took long.</summary>
    public static readonly TimeSpan DebtMax = TimeSpan.FromMilliseconds(100);

    /// <summary>What an item costs at least: also of items that take no time each class gets its part.</summary>
    public static readonly TimeSpan CostMin = TimeSpan.FromMicroseconds(20);

    private static readonly int[] Weights = [14, 2, 1];

    private readonly double[] _used = new double[Classes]; // seconds of the disk's time, divided by the weight
    private readonly bool[] _asked = new bool[Classes];

    /// <summary>The class to serve of those that have work.</summary>
    /// <returns>Null if none has.</returns>
    public IoClass? Next(bool client, bool load, bool repair)
    {
        Enter(IoClass.Client, client);
        Enter(IoClass.Load, load);
        Enter(IoClass.Repair, repair);
        IoClass? next = null;
        for (var i = 0; i < Classes; i++) // the higher class where two have had the same
            if (_asked[i] && (next is null || _used[i] < _used[(int)next])) next = (IoClass)i;
        return next;
    }

    /// <summary>An item of the class is begun: it counts at once, so that the next thread does not take another one for free.</summary>
    public void Begin(IoClass ioClass) => Charge(ioClass, CostMin);

    /// <summary>An item took so long.</summary>
    public void End(IoClass ioClass, TimeSpan took)
    {
        if (took > CostMin) Charge(ioClass, took - CostMin);
    }

    private void Charge(IoClass ioClass, TimeSpan cost) => _used[(int)ioClass] += cost.TotalSeconds / Weights[(int)ioClass];

    private void Enter(IoClass ioClass, bool asks)
    {
        var i = (int)ioClass;
        if (asks && Least(except: i) is { } least)
        {
            // What it did not ask for is gone, and what it had too much of is soon forgotten.
            if (!_asked[i]) _used[i] = Math.Max(_used[i], least);
            _used[i] = Math.Min(_used[i], least + DebtMax.TotalSeconds / Weights[i]);
        }

        _asked[i] = asks;
    }

    private double? Least(int except)
    {
        double? least = null;
        for (var i = 0; i < Classes; i++)
            if (i != except && _asked[i] && (least is null || _used[i] < least)) least = _used[i];
        return least;
    }
}
