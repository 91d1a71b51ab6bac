namespace CubeActors.LoadGen;

/// <summary>Overwrites its blocks of one extent at random, one at a time, wherever the raft leader is.</summary>
/// <param name="seed">Of the random offsets.</param>
internal sealed class OverwriteWorker(JobClock clock, JobPlan plan, OverwriteLog log, bool sync, LeaderBook leaders, int seed, TimeSpan timeout)
    : Worker(clock, plan.Depth, timeout)
{
    private readonly Random _random = new(seed);
    private readonly Func<bool> _isStopping = () => clock.IsStopping;
    private OverwritePipe? _pipe;
    private int _index;
    private int _inFlight;

    public OverwriteLog Log => log;

    protected override int InFlight => _inFlight;

    protected override string FindAddress() => leaders.Find(log.Data.Created, StandstillLimit);

    protected override void Open(NodeConnection connection)
    {
        _inFlight = 0;
        _pipe = new OverwritePipe(connection, log.Data.Created.Target, log.Data.Created.Extent, plan.BlockBytes, sync, leaders, StandstillLimit);
    }

    protected override void Close()
    {
        _pipe?.Dispose();
        _pipe = null;
    }

    protected override bool MakeReady() => true;

    protected override void Send()
    {
        _index = _random.Next(log.Count);
        var sequence = log.Begin(_index);
        _inFlight = 1;
        _pipe!.Send(log.OffsetOf(_index), sequence);
    }

    protected override int Receive()
    {
        _pipe!.Receive(_isStopping);
        log.Acknowledge(_index);
        _inFlight = 0;
        return plan.BlockBytes;
    }
}
