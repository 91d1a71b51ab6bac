using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>An answer that was not to its request, or not whole: it was used for nothing, and its connection was closed.</summary>
/// <param name="Peer"><c>ip:port</c> of whoever sent it.</param>
/// <param name="Partition">The request's.</param>
/// <param name="Extent">The request's; 0 where it is about none.</param>
/// <param name="Expected">The fields that the answer had to have.</param>
/// <param name="Received">Those that it had.</param>
internal sealed record ReplyMismatch(string Peer, ReplyDoubts Doubts, PartitionId Partition, ExtentId Extent, string Expected, string Received)
{
    /// <summary>Of two headers.</summary>
    public static ReplyMismatch Of(string peer, ReplyDoubts doubts, in PacketHeader expected, in PacketHeader received) =>
        new(peer, doubts, expected.Partition, expected.Extent, Describe(expected), Describe(received));

    /// <summary>For the ledger. It belongs to no single operation there: what a peer does wrong is its own affair.</summary>
    public OperationAlert ToAlert() =>
        new(OperationAlertKind.ReplyMismatch, Guid.Empty, Partition, Extent.Value, Peer, $"{ReplyDoubtNames.Of(Doubts)}: {Expected}", Received);

    /// <summary>Every field that tells two packets apart.</summary>
    public static string Describe(in PacketHeader header) =>
        $"op {(byte)header.Opcode:x2} req {header.RequestId:x} partition {header.Partition} extent {header.Extent} offset {header.ExtentOffset} size {header.Size} arg {header.ArgBytes} "
        + $"crc {header.Crc:x8} result {(byte)header.Result:x2}";
}
