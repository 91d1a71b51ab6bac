using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <param name="Bytes">How far it is filled; whole blocks of 128 KiB.</param>
internal readonly record struct FilledExtent(CreatedExtent Created, long Bytes);

/// <summary>
/// The extents that read jobs read: one a connection, spread over the partitions, filled once and used by all read jobs of a run.
/// </summary>
internal sealed class ReadDataSet(IReadOnlyList<PartitionTarget> targets, long extentBytes, int seed, TimeSpan timeout, ExtentLedger ledger)
{
    private const int FillDepth = 4;
    private const int FillersMax = 4; // more only wait for each other at the chain leader

    private readonly List<FilledExtent> _extents = [];

    public FilledExtent this[int connection] => _extents[connection];
    public int Count => _extents.Count;

    /// <summary>Fills extents until there are <paramref name="count"/>.</summary>
    /// <exception cref="NodeFault">A node failed or refused; what was created is in the ledger.</exception>
    public void Ensure(int count, CancellationToken cancel)
    {
        var first = _extents.Count;
        if (first >= count) return;
        var filled = new FilledExtent[count - first];
        try
        {
            Parallel.For(0, filled.Length, new ParallelOptions { MaxDegreeOfParallelism = FillersMax, CancellationToken = cancel },
                i => filled[i] = Fill(targets[(first + i) % targets.Count], seed + first + i, cancel));
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<NodeFault>().FirstOrDefault() is { } fault)
        {
            throw new NodeFault($"filling extents to read from: {fault.Message}", e);
        }

        _extents.AddRange(filled);
    }

    private FilledExtent Fill(PartitionTarget target, int fillSeed, CancellationToken cancel)
    {
        using var connection = new NodeConnection(target.ChainLeader, timeout);
        var pipe = new AppendPipe(connection, target, DataPlane.BlockBytes, FillDepth, fillSeed);
        var extent = ledger.Create(connection, target);
        pipe.StartExtent(extent);
        while (pipe.Offset < extentBytes || pipe.InFlight > 0)
        {
            cancel.ThrowIfCancellationRequested();
            while (pipe.InFlight < FillDepth && pipe.Offset < extentBytes) pipe.Send();
            pipe.Receive();
        }

        return new FilledExtent(new CreatedExtent(target, extent), pipe.Offset);
    }
}
