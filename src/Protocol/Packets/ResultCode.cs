namespace CubeActors.Protocol;

/// <summary>How a request ended. Peers trust the error text more than this byte: see <see cref="ErrorTexts"/>.</summary>
/// <remarks>Source: CubeFS proto/packet.go, the result codes. Numbers are shared with opcodes, and 0xEF, 0xEE with other meanings.</remarks>
public enum ResultCode : byte
{
    /// <summary>Requests only. A chain leader of CubeFS takes it for success, so a reply must never carry it.</summary>
    None = 0x00,
    /// <summary>Snapshot version mismatch: an error number of the HTTP side (63) cut to a byte.</summary>
    VersionMismatch = 0x3F,
    /// <summary>A write without protocol version arrived although the cluster or the volume forbids them.</summary>
    ProtocolVersionForbidden = 0x88,
    /// <summary>Overload that passes soon. The only code that clients retry without bound.</summary>
    LimitedIo = 0xB1,
    StoreClosed = 0xB2,
    ExtentLimitReached = 0xB3,
    /// <summary>A punch beyond the local size while repair runs; the metanode comes again.</summary>
    TinyRecovering = 0xB4,
    /// <summary>Appends and batch deletes are refused while a replica of the partition is rebuilt.</summary>
    DecommissionRepairing = 0xB5,
    /// <summary>A short read on a replica that is still recovering.</summary>
    PartitionRepairing = 0xB6,
    TryOtherExtent = 0xD7,
    /// <summary>Defined, but no data node sends it.</summary>
    NoSpace = 0xEE,
    /// <summary>No repair token of the disk: the repair reader sleeps and asks again. Also "forbidden" to other readers.</summary>
    ReadRepairAgain = 0xEF,
    Ok = 0xF0,
    /// <summary>Defined, but no data node sends it.</summary>
    ConflictExtents = 0xF2,
    /// <summary>Anything whose text holds no known token. The SDK does not retry an overwrite that ends so.</summary>
    IntraGroupNetError = 0xF3,
    ArgMismatch = 0xF4,
    NotExist = 0xF5,
    DiskNoSpace = 0xF6,
    DiskError = 0xF7,
    /// <summary>Defined, but no data node sends it.</summary>
    Error = 0xF8,
    /// <summary>Never an answer to a read: clients repeat it 200 times and then report a short read.</summary>
    Again = 0xF9,
    /// <summary>Defined, but no data node sends it.</summary>
    Exists = 0xFA,
    /// <summary>Not here: the client tries the other hosts in turn.</summary>
    TryOtherAddress = 0xFC,
}
