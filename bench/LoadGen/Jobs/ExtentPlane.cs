using System.Buffers.Binary;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>Creates extents and deletes them again, as a client and a metanode do.</summary>
internal static class ExtentPlane
{
    /// <summary>Entries of one batch delete. Source: what metanodes send by default.</summary>
    private const int DeleteBatch = 128;

    private const int DeleteAttempts = 5;
    private static readonly TimeSpan DeletePause = TimeSpan.FromSeconds(1);

    /// <summary>Asks the chain leader, to whom the connection leads, for a new normal extent on all replicas.</summary>
    /// <exception cref="NodeFault">The connection failed, the node refused, or its reply is wrong.</exception>
    public static ExtentId Create(NodeConnection connection, PartitionTarget target)
    {
        Span<byte> inode = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(inode, 1); // data nodes ignore it
        var reply = Ask(connection, target, Opcode.CreateExtent, ClientPackets.ExtentType, inode);
        if (reply.Extent.Value <= ExtentId.NormalBase)
            throw new NodeFault($"wrong reply: a new normal extent cannot have the id {reply.Extent}");
        return reply.Extent;
    }

    /// <summary>Deletes every extent on all its replicas, retrying for some seconds.</summary>
    /// <returns>How many could not be deleted, and why.</returns>
    public static (int Left, string? Reason) Delete(IReadOnlyCollection<CreatedExtent> extents)
    {
        var left = 0;
        string? reason = null;
        foreach (var partition in extents.GroupBy(extent => extent.Target))
        {
            foreach (var batch in partition.Chunk(DeleteBatch))
            {
                if (DeleteWithRetry(partition.Key, batch) is not { } failure) continue;
                left += batch.Length;
                reason = failure;
            }
        }

        return (left, reason);
    }

    private static string? DeleteWithRetry(PartitionTarget target, CreatedExtent[] batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var connection = new NodeConnection(target.ChainLeader, DataPlane.SlowReplyDeadline);
                Ask(connection, target, Opcode.BatchDeleteExtent, ExtentTypes.Normal, DeleteList(target.Partition, batch));
                return null;
            }
            catch (NodeFault e) when (attempt < DeleteAttempts)
            {
                Console.Error.WriteLine($"delete: {e.Message}; trying again");
                Thread.Sleep(DeletePause);
            }
            catch (NodeFault e)
            {
                return e.Message;
            }
        }
    }

    private static PacketHeader Ask(
        NodeConnection connection, PartitionTarget target, Opcode opcode, byte extentType, ReadOnlySpan<byte> data)
    {
        var header = new PacketHeader(extentType, opcode, ResultCode.None, target.Followers, 0, (uint)data.Length,
            (uint)target.FollowerArg.Length, target.Partition, default, 0, RequestIds.Next(), 0);
        connection.Send((byte[])[.. header.Encoded(), .. target.FollowerArg, .. data]);
        connection.Receive();
        var reply = connection.Reply;
        if (reply.Result != ResultCode.Ok) throw new NodeFault(connection.DescribeError());
        if (reply.Opcode != opcode || reply.RequestId != header.RequestId || reply.Partition != header.Partition)
            throw new NodeFault($"wrong reply: it does not repeat opcode, request id and partition of {opcode}");
        return reply;
    }

    private static byte[] Encoded(this PacketHeader header)
    {
        var bytes = new byte[header.EncodedBytes];
        header.Write(bytes);
        return bytes;
    }

    // For a whole normal extent the node looks at the id alone.
    private static byte[] DeleteList(PartitionId partition, CreatedExtent[] batch) =>
        DeleteParams.Write([.. batch.Select(created => new DeleteParam { PartitionId = partition, ExtentId = created.Extent })]);
}
