using CubeActors.Protocol;

namespace CubeActors.Storage;

// What operators look at one extent for.
public sealed partial class ExtentStore
{
    /// <summary>Of a record in TINYEXTENT_DELETE: extent id, offset and size, big-endian.</summary>
    public const int TinyDeleteRecordBytes = DeleteLog.TinyRecordBytes;

    /// <summary>Of a record in NORMALEXTENT_DELETE: an extent id, big-endian.</summary>
    public const int NormalDeleteRecordBytes = DeleteLog.NormalRecordBytes;

    /// <summary>The stored CRC of each block of a normal extent, up to its watermark; 0 means unknown. Nothing is compared with the data.</summary>
    /// <returns>None, BadArgument (a tiny extent has none), ExtentMissing, ExtentDeleted, Closed.</returns>
    public StorageError BlockCrcs(ExtentId id, out uint[] crcs)
    {
        crcs = [];
        if (_closed) return StorageError.Closed;
        if (!ExtentLimits.IsNormal(id.Value)) return StorageError.BadArgument;
        if (!TryFind(id, out var extent)) return Missing(id);
        var error = Hold(extent, out var file);
        if (error != StorageError.None) return error;
        try
        {
            crcs = new uint[ExtentLimits.BlocksOf(extent.Watermark)];
            for (var block = 0; block < crcs.Length; block++) crcs[block] = file.Blocks[block];
            return StorageError.None;
        }
        finally
        {
            file.LetGo();
        }
    }
}
