using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>What the names and the small files of an extent store tell, without opening an extent.</summary>
/// <param name="MissingFiles">Of the four that every store has: without them neither program loads the partition.</param>
/// <param name="LargestNormalId">0 without normal extents.</param>
/// <param name="OddNames">Made of digits and no extent's name: a CubeFS node refuses the whole partition because of one.</param>
/// <param name="BaseId">The last id handed out as EXTENT_META says; 0 if it is empty or damaged.</param>
/// <param name="IsBaseDamaged">EXTENT_META is neither empty nor whole.</param>
/// <param name="CrcBytes">Length of EXTENT_CRC.</param>
/// <param name="TinyDeleteTornBytes">Of a last record of TINYEXTENT_DELETE that was cut short.</param>
/// <param name="NormalDeleteTornBytes">The same of NORMALEXTENT_DELETE.</param>
/// <param name="Hint">Null without a list of extents that a CubeFS node left at its stop.</param>
public sealed record ExtentFacts(
    IReadOnlyList<string> MissingFiles, int TinyCount, int NormalCount, ulong LargestNormalId, IReadOnlyList<string> OddNames, ulong BaseId, bool IsBaseDamaged,
    long CrcBytes, long TinyDeleteTornBytes, long NormalDeleteTornBytes, ExtentHint? Hint)
{
    public int Count => TinyCount + NormalCount;

    /// <summary>Bytes of EXTENT_CRC that one extent has.</summary>
    public const int CrcRecordBytes = BlockCrcFile.RecordBytes;

    private static readonly string[] StoreFiles = [ExtentMetaRecord.Name, BlockCrcFile.Name, DeleteLog.TinyName, DeleteLog.NormalName];

    /// <param name="names">What the directory holds.</param>
    /// <exception cref="Runtime.DiskFaultException">The disk does not answer.</exception>
    public static ExtentFacts Read(IFileSystem files, string directory, IReadOnlyList<string> names)
    {
        var (tiny, normal, largest) = (0, 0, 0UL);
        var odd = new List<string>();
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (StoreFiles.Contains(name)) present.Add(name);
            if (!name.All(char.IsAsciiDigit)) continue;
            if (!ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || name[0] == '0' || (!new ExtentId(id).IsTiny && id <= ExtentId.NormalBase)) odd.Add(name);
            else if (new ExtentId(id).IsTiny) tiny++;
            else (normal, largest) = (normal + 1, Math.Max(largest, id));
        }

        var isBaseDamaged = !TryReadBase(files, directory, out var baseId);
        return new ExtentFacts(
            [.. StoreFiles.Where(name => !present.Contains(name))], tiny, normal, largest, odd, baseId, isBaseDamaged,
            LengthOf(BlockCrcFile.Name), LengthOf(DeleteLog.TinyName) % DeleteLog.TinyRecordBytes, LengthOf(DeleteLog.NormalName) % DeleteLog.NormalRecordBytes,
            ExtentHint.Read(files, directory, names));

        long LengthOf(string name) => present.Contains(name) ? files.Stat($"{directory}/{name}")?.Length ?? 0 : 0;
    }

    private static bool TryReadBase(IFileSystem files, string directory, out ulong baseId)
    {
        baseId = 0;
        using var file = files.TryOpen($"{directory}/{ExtentMetaRecord.Name}");
        if (file is null || file.Length == 0) return true; // as every new partition has it, or told of as missing
        Span<byte> content = stackalloc byte[ExtentMetaRecord.Bytes];
        if (!ExtentMetaRecord.TryRead(content[..file.Read(0, content)], out var record)) return false;
        baseId = record.BaseId;
        return true;
    }
}

/// <summary>READDIR_HINT_V2, the list of extents that a CubeFS node leaves at a clean stop, and believes blindly at its next start.</summary>
/// <param name="Records">Whole records in it.</param>
/// <param name="TornBytes">Behind them: such a file was cut short.</param>
/// <param name="IsOlderThanStore">A file of the store was written after it.</param>
public sealed record ExtentHint(long Records, long TornBytes, bool IsOlderThanStore)
{
    public const string Name = "READDIR_HINT_V2";

    /// <summary>Source: CubeFS datanode/storage, the encoded extent information; docs/formats/extent-store.md.</summary>
    private const int RecordBytes = 57;

    /// <returns>Null if there is none.</returns>
    internal static ExtentHint? Read(IFileSystem files, string directory, IReadOnlyList<string> names)
    {
        if (!names.Contains(Name) || files.Stat($"{directory}/{Name}") is not { } hint) return null;
        // APPLY and the raft log are written after it by the stop that makes it; these are not.
        var newest = new[] { ExtentMetaRecord.Name, BlockCrcFile.Name, DeleteLog.TinyName, DeleteLog.NormalName }
            .Max(name => files.Stat($"{directory}/{name}")?.ModifiedSeconds ?? 0);
        return new ExtentHint(hint.Length / RecordBytes, hint.Length % RecordBytes, newest > hint.ModifiedSeconds);
    }
}
