using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CubeActors.EndToEnd;

/// <summary>Real bytes to store: the installed .NET's own files, one behind the other.</summary>
internal static class Content
{
    /// <summary>The same bytes for the same arguments on one machine.</summary>
    /// <param name="skip">Bytes left out in front, so that two contents differ.</param>
    public static byte[] Take(int bytes, int skip = 0)
    {
        var content = new byte[bytes];
        var filled = 0;
        while (true) // what is installed may be less than is wanted: then it comes again
        {
            foreach (var file in Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll").Order(StringComparer.Ordinal))
            {
                using var source = File.OpenRead(file);
                source.Position = Math.Min(skip, source.Length);
                skip -= (int)source.Position;
                filled += source.ReadAtLeast(content.AsSpan(filled), bytes - filled, throwOnEndOfStream: false);
                if (filled == bytes) return content;
            }
        }
    }

    /// <summary>As objects have it: 64 lower-case hex digits.</summary>
    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
