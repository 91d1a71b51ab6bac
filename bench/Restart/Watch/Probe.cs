using CubeActors.LoadGen;
using CubeActors.Protocol;

namespace CubeActors.Restart;

/// <summary>How a partition is asked whether it serves.</summary>
internal enum ProbeKind
{
    /// <summary>
    /// 0x16, the largest extent id and the size: 16 bytes, no disk. Both kinds of node answer it only when the list of extents is complete: ours
    /// partition by partition, a CubeFS node when all of it has started (0xF3 before). 0x10 would not do: it is answered from the start on.
    /// </summary>
    Size,

    /// <summary>0x06, the first page of the partition's largest normal extent: what a reader needs.</summary>
    Read,
}

/// <summary>What a probe found.</summary>
internal enum ProbeOutcome
{
    Serves,
    /// <summary>This partition does not, others may.</summary>
    NotYet,
    /// <summary>The node serves none: it refuses connections, or says that it has not started.</summary>
    NodeNotReady,
}

/// <summary>Asks one partition of one node, over one connection that is made anew after each error, as clients do. One thread.</summary>
internal sealed class Probe(string address, ProbeKind kind) : IDisposable
{
    private const int PageBytes = 4096;

    /// <summary>A node that takes a connection and says nothing is asked again over a new one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly byte[] _packet = new byte[PacketHeader.BytesMax];
    private NodeConnection? _connection;

    /// <summary>The last refusal.</summary>
    public string LastError { get; private set; } = "";

    public ProbeOutcome Ask(KnownPartition partition)
    {
        try
        {
            _connection ??= new NodeConnection(address, Patience);
            _connection.Send(_packet.AsSpan(0, Request(partition).Write(_packet)));
            _connection.Receive();
            if (_connection.Reply.Result == ResultCode.Ok) return ProbeOutcome.Serves;
            LastError = _connection.DescribeError();
            Dispose(); // CubeFS nodes go deaf after an error
            return LastError.Contains(ErrorTexts.NotStarted, StringComparison.Ordinal) ? ProbeOutcome.NodeNotReady : ProbeOutcome.NotYet;
        }
        catch (NodeFault e)
        {
            LastError = e.Message;
            Dispose();
            return ProbeOutcome.NodeNotReady;
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private PacketHeader Request(KnownPartition partition) => kind == ProbeKind.Read && LargestExtent(partition) is { } extent
        ? new(ExtentTypes.Normal, Opcode.StreamFollowerRead, ResultCode.None, RemainingFollowers.None, 0, PageBytes, 0, partition.Id, extent, 0, RequestIds.Next(), 0)
        : new(ExtentTypes.Tiny, Opcode.GetMaxExtentIdAndPartitionSize, ResultCode.None, RemainingFollowers.None, 0, 0, 0, partition.Id, default, 0, RequestIds.Next(), 0);

    private readonly Dictionary<PartitionId, ExtentId?> _extents = [];

    private ExtentId? LargestExtent(KnownPartition partition)
    {
        if (partition.Directory is null) return null;
        if (_extents.TryGetValue(partition.Id, out var known)) return known;
        ExtentId? largest = null;
        var most = (long)PageBytes - 1;
        foreach (var file in new DirectoryInfo(partition.Directory).EnumerateFiles())
        {
            if (!ulong.TryParse(file.Name, out var id) || new ExtentId(id).IsTiny || file.Length <= most) continue;
            (largest, most) = (new ExtentId(id), file.Length);
        }

        return _extents[partition.Id] = largest;
    }
}
