namespace CubeActors.Storage;

/// <summary>The expected outcomes of a storage call. Actors maps them to result codes in one table.</summary>
public enum StorageError
{
    None,
    /// <summary>An append that does not start at the watermark; the call also tells where the watermark is.</summary>
    NotAtWatermark,
    /// <summary>A length, offset or id that no correct caller sends.</summary>
    BadArgument,
    /// <summary>The append would pass 128 MiB, or reach 4 TiB in a tiny extent.</summary>
    ExtentFull,
    ExtentExists,
    ExtentMissing,
    /// <summary>Deleted here within the last four hours: its id is not taken again.</summary>
    ExtentDeleted,
    /// <summary>A read that starts behind the watermark.</summary>
    OffsetBeyondEnd,
    /// <summary>A read that starts within the extent and ends behind it; no byte of it is returned.</summary>
    EndOfExtent,
    /// <summary>A block does not match its stored CRC. Another replica may serve it.</summary>
    BlockDamaged,
    NoTinyExtent,
    /// <summary>A punch behind the local watermark: this replica has not got that object yet.</summary>
    TinyRecovering,
    NoSpace,
    /// <summary>The partition holds as many extents as it may, or has no id left.</summary>
    ExtentLimit,
    Closed,
}
