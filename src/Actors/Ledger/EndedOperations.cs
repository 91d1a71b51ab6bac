namespace CubeActors.Actors;

/// <summary>Operations that have ended, the last ones. One owner.</summary>
/// <remarks>Comparisons may have a tenth of the room: where each of a thousand partitions fails to compare every few minutes, all else would be gone within the hour.</remarks>
internal sealed class EndedOperations(LedgerSettings settings)
{
    private readonly LinkedList<OperationEntry> _entries = new(); // the oldest end first
    private readonly Dictionary<Guid, LinkedListNode<OperationEntry>> _byId = [];
    private readonly Queue<Guid> _comparisons = new(); // of the entries; the oldest first

    public int Count => _byId.Count;

    public IEnumerable<OperationEntry> Newest
    {
        get
        {
            for (var node = _entries.Last; node is not null; node = node.Previous) yield return node.Value;
        }
    }

    private int ComparisonsMax => Math.Max(1, settings.HistoryEntries / 10);

    public OperationEntry? Find(Guid id) => _byId.GetValueOrDefault(id)?.Value;

    /// <summary>Ends come in any order only from a file; then the older ones are added first.</summary>
    public void Add(OperationEntry ended, DateTimeOffset now)
    {
        if (_byId.ContainsKey(ended.Id)) return;
        _byId.Add(ended.Id, _entries.AddLast(ended));
        if (OperationRules.Of(ended.Kind).IsComparison) _comparisons.Enqueue(ended.Id);
        Prune(now);
    }

    /// <summary>The ended operation was one that went on: it is found by its earlier id too.</summary>
    public void Replace(OperationEntry ended)
    {
        if (_byId.TryGetValue(ended.Id, out var node)) node.Value = ended;
    }

    public void Clear()
    {
        _entries.Clear();
        _byId.Clear();
        _comparisons.Clear();
    }

    public void Prune(DateTimeOffset now)
    {
        while (_comparisons.Count > ComparisonsMax) Remove(_comparisons.Dequeue());
        while (_entries.First is { } oldest && (_byId.Count > settings.HistoryEntries || now - (oldest.Value.EndedAt ?? now) > settings.HistoryAge)) Remove(oldest.Value.Id);
    }

    private void Remove(Guid id)
    {
        if (_byId.Remove(id, out var node)) _entries.Remove(node);
    }
}
