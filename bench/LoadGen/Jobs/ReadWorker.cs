namespace CubeActors.LoadGen;

/// <summary>Reads one filled extent from one replica, along it or at random.</summary>
/// <param name="host">Null: the raft leader, which is looked for before each session.</param>
/// <param name="seed">Of the random offsets.</param>
internal sealed class ReadWorker(JobClock clock, JobPlan plan, FilledExtent data, string? host, LeaderBook leaders, int seed, TimeSpan timeout)
    : Worker(clock, plan.Depth, timeout)
{
    private readonly Random _random = new(seed);
    private readonly int _blocks = checked((int)(data.Bytes / plan.BlockBytes));
    private ReadPipe? _pipe;
    private int _next;

    protected override int InFlight => _pipe!.InFlight;

    protected override string FindAddress() => host ?? leaders.Find(data.Created, StandstillLimit);

    protected override void Open(NodeConnection connection) => _pipe = new ReadPipe(
        connection, data.Created.Target.Partition, host is null ? Protocol.Opcode.StreamRead : Protocol.Opcode.StreamFollowerRead, Depth);

    protected override bool MakeReady() => true;

    protected override void Send()
    {
        var block = plan.Kind is JobKind.RandRead or JobKind.LeaderRead ? _random.Next(_blocks) : _next;
        _next = (block + 1) % _blocks;
        _pipe!.Send(data.Created.Extent, (long)block * plan.BlockBytes, plan.BlockBytes);
    }

    protected override int Receive()
    {
        _pipe!.Receive();
        return plan.BlockBytes;
    }
}
