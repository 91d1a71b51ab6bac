using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Looks at where packets come from that only masters or data nodes send: counts those of others, tells of them, and refuses them if so set. Thread-safe.</summary>
internal sealed class SourceCheck(KnownSources known, SourcePolicy policy, TimeProvider time, ILoggingAdapter log)
{
    /// <summary>Of one source a line so often at the most: enough to see that it goes on, and no way to fill a disk.</summary>
    private static readonly TimeSpan TellPeriod = TimeSpan.FromMinutes(10);

    private readonly SourceReports _reports = new(time, TellPeriod);
    private readonly long[] _unexpected = new long[256];

    /// <summary>Looks at nothing.</summary>
    public static SourceCheck Off { get; } = new(new KnownSources(), SourcePolicy.Off, TimeProvider.System, NoLogger.Instance);

    /// <summary>Packets of unexpected senders since the start, for each opcode that has senders, in the order of the table.</summary>
    public IReadOnlyList<(string Opcode, long Count)> Unexpected =>
    [
        .. SenderTable.Rows.Where(row => row.Sender != Sender.Anyone).Select(row => (OperationNames.Of(row.Opcode), Interlocked.Read(ref _unexpected[(byte)row.Opcode]))),
    ];

    /// <param name="remote"><c>ip:port</c> of the connection; empty for one that has no address.</param>
    /// <returns>Null, or why the packet is refused: words without a token, so that the answer is 0xF3, which masters take for a failure and data nodes for the end of this attempt.</returns>
    public string? Problem(in PacketHeader header, string remote)
    {
        var sender = SenderTable.Of(header.Opcode);
        if (sender == Sender.Anyone || policy == SourcePolicy.Off || remote.Length == 0) return null;
        var isAddress = KnownSources.TryParse(remote, out var ip);
        if (isAddress && known.Is(sender, ip, header.Partition)) return null;
        Interlocked.Increment(ref _unexpected[(byte)header.Opcode]);
        var source = isAddress ? ip.ToString() : remote;
        var (told, events) = _reports.Count(source);
        if (events > 0) Log.UnexpectedSource(log, header, told, Describe(sender), policy == SourcePolicy.Enforce, events);
        return policy == SourcePolicy.Enforce ? $"{OperationNames.Of(header.Opcode)} is taken from {Describe(sender)} only, and {source} is none" : null;
    }

    private static string Describe(Sender sender) => sender switch
    {
        Sender.Master => "masters of this cluster",
        Sender.Member => "data nodes of this cluster",
        _ => "masters and data nodes of this cluster",
    };
}
