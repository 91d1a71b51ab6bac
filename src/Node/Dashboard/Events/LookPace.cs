namespace CubeActors.Node;

/// <summary>How long a feed rests between two looks: its period, and longer where a look costs much. Pure.</summary>
/// <remarks>
/// The quickest of the last looks says what one costs: others were slow because the machine was busy, or because their code was being compiled. So a node with very many partitions is
/// watched for <see cref="CostShareMax"/> of one core at most.
/// </remarks>
/// <param name="period">Without regard to what a look costs.</param>
internal sealed class LookPace(TimeSpan period)
{
    /// <summary>Of one core.</summary>
    public const double CostShareMax = 0.02;

    private const int LooksMax = 5;

    private readonly Queue<TimeSpan> _looks = [];

    /// <param name="took">The look that has just ended.</param>
    /// <returns>Until the next one.</returns>
    public TimeSpan After(TimeSpan took)
    {
        _looks.Enqueue(took);
        if (_looks.Count < LooksMax) return period;
        if (_looks.Count > LooksMax) _looks.Dequeue();
        var rest = _looks.Min() * ((1 - CostShareMax) / CostShareMax);
        return rest > period ? rest : period;
    }
}
