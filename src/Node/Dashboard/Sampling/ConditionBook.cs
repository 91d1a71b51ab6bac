namespace CubeActors.Node;

/// <summary>Since when each condition is there, as far as somebody looked. Pure: what is and when, in; what is shown, out.</summary>
internal sealed class ConditionBook
{
    private Dictionary<string, DateTimeOffset> _since = [];

    public IReadOnlyList<SeenCondition> Look(IReadOnlyList<Condition> conditions, DateTimeOffset now)
    {
        var since = conditions.ToDictionary(condition => condition.Key, condition => _since.GetValueOrDefault(condition.Key, now));
        _since = since;
        return
        [
            .. conditions.Where(condition => condition.Key != Condition.LeaderlessKey || now - since[condition.Key] >= Condition.LeaderlessPatience).Select(condition =>
                new SeenCondition(condition.Key, condition.Severity.ToString().ToLowerInvariant(), condition.Title, condition.Text, since[condition.Key])),
        ];
    }

    /// <summary>Nobody has looked for a while: what was is not known.</summary>
    public void Forget() => _since = [];
}

/// <param name="Severity">note, warning or bad.</param>
/// <param name="Since">When it was seen first; it may be older where nobody looked before.</param>
internal sealed record SeenCondition(string Key, string Severity, string Title, string Text, DateTimeOffset Since);
