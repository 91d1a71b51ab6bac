namespace CubeActors.Protocol;

/// <summary>The longest Arg and Data that are accepted, by opcode and direction. CubeFS itself sets no bound.</summary>
/// <remarks>
/// The bounds admit everything that CubeFS 3.5 peers send, and keep a stranger's header from sizing a large buffer. The bytes that a
/// read request asks for are not bounded here: nothing is allocated for them, and the operation answers a bad range with an error.
/// </remarks>
/// <param name="ArgBytesMax">Follower lists are about 20 bytes an address; 17 bytes in repair data.</param>
/// <param name="AreReplies">The direction: what a server reads are requests, what a client reads are replies.</param>
public readonly record struct PacketLimits(uint ArgBytesMax, bool AreReplies)
{
    private const uint KiB = 1024, MiB = 1024 * KiB;

    /// <summary>A number or two, or the inode of a create: 8 or 16 bytes in practice.</summary>
    public const uint NumberBytesMax = 64;
    /// <summary>A text, one extent key, or a list of tiny ids.</summary>
    public const uint TextBytesMax = 64 * KiB;
    /// <summary>Appends: a tiny packet, or one that is sent again as a normal append. Source: CubeFS util/unit.go DefaultTinySizeLimit.</summary>
    /// <remarks>Overwrites share it, though valid ones end at 128 KiB: so the operation can refuse with an error instead of a hang-up.</remarks>
    public const uint WriteBytesMax = 1 * MiB;
    /// <summary>A whole extent in one packet, from fsck. Source: CubeFS util/unit.go ExtentSize.</summary>
    public const uint BackupWriteBytesMax = 128 * MiB;
    /// <summary>Batch deletes (128 entries by default, 140 bytes each) and the lock lists of fsck.</summary>
    public const uint ExtentListBytesMax = 16 * MiB;
    /// <summary>Tasks of the master; a heartbeat names volumes and disks.</summary>
    public const uint AdminBytesMax = 8 * MiB;
    /// <summary>Lists of all extents with 110 to 200 bytes of JSON each, for partitions with 60,000 extents and room to spare.</summary>
    public const uint WatermarkBytesMax = 64 * MiB;
    /// <summary>One packet of read data: 128 KiB on default volumes, else the volume's repair block size.</summary>
    /// <remarks>Source: the largest that CubeFS master/api_service.go setVolDpRepairBlockSize accepts.</remarks>
    public const uint ReadBlockBytesMax = 5 * MiB;
    /// <summary>100,000 records of 24 bytes. Source: CubeFS datanode/const.go MaxSyncTinyDeleteBufferSize.</summary>
    public const uint TinyDeleteRecordBytesMax = 2_400_000;

    /// <summary>What a server accepts.</summary>
    public static readonly PacketLimits Requests = new(TextBytesMax, AreReplies: false);
    /// <summary>What a client accepts, a chain leader reading its followers included.</summary>
    public static readonly PacketLimits Replies = new(TextBytesMax, AreReplies: true);

    /// <summary>Whether the lengths in a header are within the limits of this direction.</summary>
    public bool Allow(in PacketHeader header)
    {
        if (header.ArgBytes > ArgBytesMax) return false;
        if (AreReplies && header.Result != ResultCode.Ok) return header.Size <= TextBytesMax; // an error is a text
        if (!AreReplies && header.IsRequestWithoutData) return true;
        return header.Size <= DataBytesMax(header.Opcode, AreReplies);
    }

    /// <summary>The longest Data of a request, or of a successful reply, with this opcode.</summary>
    public static uint DataBytesMax(Opcode opcode, bool isReply) => isReply ? ReplyBytesMax(opcode) : RequestBytesMax(opcode);

    private static uint RequestBytesMax(Opcode opcode) => opcode switch
    {
        Opcode.CreateExtent or Opcode.BroadcastMinAppliedId or Opcode.GetAppliedId or Opcode.GetPartitionSize
            or Opcode.GetMaxExtentIdAndPartitionSize => NumberBytesMax,
        Opcode.BackupWrite => BackupWriteBytesMax,
        Opcode.NotifyReplicasToRepair => WatermarkBytesMax,
        Opcode.BatchDeleteExtent or Opcode.GcBatchDeleteExtent or Opcode.BatchLockNormalExtent
            or Opcode.BatchUnlockNormalExtent => ExtentListBytesMax,
        _ when Opcodes.IsAppend(opcode) || Opcodes.IsRandomWrite(opcode) => WriteBytesMax,
        _ when Opcodes.IsAdmin(opcode) => AdminBytesMax,
        _ => TextBytesMax, // single deletes, lists of tiny ids, and what nobody knows: read it, then answer "unknown opcode"
    };

    private static uint ReplyBytesMax(Opcode opcode) => opcode switch
    {
        Opcode.GetAllWatermarks => WatermarkBytesMax,
        Opcode.TinyDeleteRecordReply => TinyDeleteRecordBytesMax,
        Opcode.SnapshotExtentRepairReply => ReadBlockBytesMax,
        _ when Opcodes.IsRead(opcode) => ReadBlockBytesMax,
        _ when Opcodes.IsAdmin(opcode) => AdminBytesMax,
        _ => TextBytesMax,
    };
}
