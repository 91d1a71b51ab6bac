namespace CubeActors.LoadGen;

/// <summary>Appends along extents of its own; where one is full it waits for what is in flight and creates the next.</summary>
internal sealed class AppendWorker(JobClock clock, JobPlan plan, PartitionTarget target, int seed, TimeSpan timeout, ExtentLedger ledger)
    : Worker(clock, plan.Depth, timeout)
{
    private NodeConnection? _connection;
    private AppendPipe? _pipe;

    protected override int InFlight => _pipe!.InFlight;

    protected override string FindAddress() => target.ChainLeader;

    protected override void Open(NodeConnection connection) =>
        (_connection, _pipe) = (connection, new AppendPipe(connection, target, plan.BlockBytes, Depth, seed));

    protected override bool MakeReady()
    {
        if (!_pipe!.IsFull) return true;
        if (_pipe.InFlight > 0) return false;
        _pipe.StartExtent(ledger.Create(_connection!, target));
        return true;
    }

    protected override void Send()
    {
        Clock.AddWritten(plan.BlockBytes);
        _pipe!.Send();
    }

    protected override int Receive()
    {
        _pipe!.Receive();
        return plan.BlockBytes;
    }
}
