namespace CubeActors.Actors;

/// <summary>What the drain last said of itself, for whoever looks on. One writer; read from anywhere.</summary>
internal sealed class DrainBoard(TimeProvider time)
{
    private volatile Figures _figures = new(false, false, false, null, null, []);

    private sealed record Figures(bool IsDraining, bool IsStopping, bool IsDone, DateTimeOffset? Since, DateTimeOffset? Until, IReadOnlyList<GroupDrain> Groups);

    public bool IsStopping => _figures.IsStopping;

    public void Write(bool isStopping, bool isDone, DateTimeOffset since, DateTimeOffset until, IReadOnlyList<GroupDrain> groups) =>
        _figures = new Figures(true, isStopping, isDone, since, until, groups);

    public void Clear() => _figures = new Figures(false, false, false, null, null, []);

    public DrainStatus Status(int connections, int inFlight)
    {
        var now = _figures;
        var left = now is { IsDone: false, Until: { } until } ? until - time.GetUtcNow() : TimeSpan.Zero;
        return new DrainStatus(now.IsDraining, now.IsStopping, now.IsDone, now.Since, left > TimeSpan.Zero ? left : TimeSpan.Zero, now.Groups, connections, inFlight);
    }
}
