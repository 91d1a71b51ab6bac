using System.Collections.Frozen;
using System.Security.Cryptography;

namespace CubeActors.Node;

/// <summary>One file of the dashboard, as it lies in this assembly.</summary>
/// <param name="Name">The last part of its path.</param>
/// <param name="ETag">Of its content: another build with the same file has the same one.</param>
internal sealed record PageAsset(string Name, string ContentType, ReadOnlyMemory<byte> Body, string ETag)
{
    /// <summary>The page itself; it names all others.</summary>
    public const string Index = "index.html";

    private const string Prefix = "CubeActors.Node.Dashboard/";

    private static readonly Lazy<FrozenDictionary<string, PageAsset>> Loaded = new(Load); // not at the start of a node, which reads no page

    /// <summary>All files, by name.</summary>
    public static FrozenDictionary<string, PageAsset> All => Loaded.Value;

    /// <summary>By the end of the name. Browsers run no script and use no style sheet of another type.</summary>
    /// <exception cref="InvalidDataException">No such file belongs to the dashboard.</exception>
    public static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidDataException($"{name}: the dashboard has no files of this type"),
    };

    private static FrozenDictionary<string, PageAsset> Load()
    {
        var assembly = typeof(PageAsset).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!; // it was just listed
            var body = new byte[stream.Length];
            stream.ReadExactly(body);
            var file = name[Prefix.Length..];
            return new PageAsset(file, ContentTypeOf(file), body, $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"");
        }).ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);
    }
}
