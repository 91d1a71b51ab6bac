using System.Globalization;
using System.Text;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>APPLY: the raft index up to which overwrites are applied and durable, as decimal digits.</summary>
/// <remarks>The caller syncs the extents before it stores a number: a restart replays only what lies behind it.</remarks>
public static class ApplyFile
{
    public const string Name = "APPLY";
    public const string TemporaryName = ".apply";

    /// <exception cref="StorageCorruptException">The file is missing, empty or no number. A Go node refuses such a partition too.</exception>
    public static ulong Load(IFileSystem files, string directory)
    {
        const string Remedy = "Nothing was changed. Let the master rebuild this replica, or restore the file";
        var path = $"{directory}/{Name}";
        var content = DurableFile.Read(files, directory, Name) ?? throw new StorageCorruptException(path, "the applied index is missing", Remedy);
        return ulong.TryParse(content, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index : throw new StorageCorruptException(path, "the applied index is not a decimal number", Remedy);
    }

    /// <summary>Durable on return.</summary>
    public static void Save(IFileSystem files, string directory, ulong index) => DurableFile.Replace(
        files, directory, Name, TemporaryName, FilePermission.Marker, Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
}
