using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>How much is kept of blocks that were replaced. All of it is for somebody to look at; nothing reads it again.</summary>
/// <param name="CountMax">Files of one partition. At the limit nothing more is replaced there: that many damaged blocks are a matter for a person.</param>
/// <param name="BytesMax">Bytes of them.</param>
/// <param name="KeptFor">Older ones are removed when the next one is kept.</param>
public readonly record struct KeepRules(int CountMax, long BytesMax, TimeSpan KeptFor);

/// <summary>The directory <c>.cubeactors-replaced</c> of a partition: the bytes of blocks as they were before another replica's took their place.</summary>
/// <remarks>
/// A CubeFS node takes only names of digits in a partition's directory for extents and opens the others that it knows by their names, so it
/// passes this one over; with the partition it is moved and deleted. A file is named <c>extent-block-milliseconds</c> (unix time) and holds
/// nothing but the bytes. Durable before <see cref="TryKeep"/> returns.
/// </remarks>
internal sealed class KeptBlocks(IFileSystem files, string partition, KeepRules rules)
{
    public const string DirectoryName = ".cubeactors-replaced";

    private string Directory => $"{partition}/{DirectoryName}";

    /// <returns>The path of the file; null if there is no room for it within the rules.</returns>
    public string? TryKeep(ExtentId extent, int block, ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        if (files.CreateDirectory(Directory)) files.SyncDirectory(partition);
        if (!MakeRoom(bytes.Length, now)) return null;
        for (var at = now.ToUnixTimeMilliseconds(); ; at++) // two within a millisecond get a name each
        {
            var path = $"{Directory}/{extent.Value}-{block}-{at}";
            using var file = files.TryCreate(path);
            if (file is null) continue;
            file.Write(0, bytes);
            file.Sync();
            files.SyncDirectory(Directory);
            return path;
        }
    }

    /// <summary>What it holds belongs to no replacement after all.</summary>
    public void Drop(string path) => files.DeleteFile(path);

    private bool MakeRoom(int wanted, DateTimeOffset now)
    {
        var (count, bytes) = (0, 0L);
        foreach (var name in files.List(Directory) ?? [])
        {
            var path = $"{Directory}/{name}";
            if (KeptAt(name) is { } at && now - at > rules.KeptFor)
            {
                files.DeleteFile(path);
                continue;
            }

            count++;
            bytes += files.Stat(path)?.Length ?? 0;
        }

        return count < rules.CountMax && bytes + wanted <= rules.BytesMax;
    }

    /// <returns>Null for a name that is none of ours: it counts, and stays.</returns>
    private static DateTimeOffset? KeptAt(string name)
    {
        var last = name.LastIndexOf('-') + 1;
        const long latest = 253_402_300_799_999; // what a DateTimeOffset can hold
        return last > 0 && long.TryParse(name.AsSpan(last), NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= latest
            ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }
}
