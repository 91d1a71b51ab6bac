using CubeActors.Protocol;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>A normal extent that one put fills, over a connection of its own.</summary>
/// <remarks>Invariant: 0 ≤ Acknowledged ≤ Sent ≤ the extent's limit. Only the acknowledged front is ever read again.</remarks>
internal sealed class OpenExtent(VolumePartition partition, ExtentId id, long fileOffset, DataConnection connection)
{
    public VolumePartition Partition => partition;
    public ExtentId Id => id;
    public DataConnection Connection => connection;
    public long Sent { get; private set; }
    public long Acknowledged { get; private set; }

    /// <summary>The piece of the object that it holds for sure.</summary>
    public ObjectExtent Piece => new(fileOffset, partition.Id.Value, id.Value, 0, Acknowledged);

    /// <returns>Where the packet goes.</returns>
    public long Reserve(int bytes)
    {
        var at = Sent;
        Sent += bytes;
        return at;
    }

    public void Acknowledge(PendingAppend append)
    {
        Invariant.Check(append.ExtentOffset == Acknowledged && append.FileOffset == fileOffset + Acknowledged);
        Acknowledged += append.Bytes;
        Invariant.Check(Acknowledged <= Sent);
    }
}
