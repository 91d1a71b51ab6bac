namespace CubeActors.LoadGen;

/// <summary>Every extent that was created and not yet deleted. Thread-safe.</summary>
internal sealed class ExtentLedger
{
    private readonly Lock _lock = new();
    private readonly List<CreatedExtent> _extents = [];

    public int Count { get { lock (_lock) return _extents.Count; } }

    /// <summary>Creates an extent and remembers it.</summary>
    /// <exception cref="NodeFault">As <see cref="ExtentPlane.Create"/>.</exception>
    public Protocol.ExtentId Create(NodeConnection connection, PartitionTarget target)
    {
        var extent = ExtentPlane.Create(connection, target);
        lock (_lock) _extents.Add(new CreatedExtent(target, extent));
        return extent;
    }

    /// <summary>Deletes all of them and forgets them, also those that could not be deleted.</summary>
    /// <returns>How many are left on the nodes, and why.</returns>
    public (int Left, string? Reason) DeleteAll()
    {
        CreatedExtent[] all;
        lock (_lock)
        {
            all = [.. _extents];
            _extents.Clear();
        }

        return ExtentPlane.Delete(all);
    }
}
