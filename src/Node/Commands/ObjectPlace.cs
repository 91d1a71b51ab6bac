using CubeActors.Protocol.Objects;

namespace CubeActors.Node;

/// <summary>An object as the command line names it: <c>volume/name</c>; the name may hold further slashes.</summary>
internal readonly record struct ObjectPlace(string Volume, string Name)
{
    /// <exception cref="SettingsException">There is no volume or no valid name in it.</exception>
    public static ObjectPlace Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var place = slash > 0 ? new ObjectPlace(text[..slash], text[(slash + 1)..]) : default;
        return slash > 0 && ObjectRules.IsName(place.Name)
            ? place
            : throw new SettingsException(
                $"\"{text}\" names no object; accepted: volume/name, the name with 1 to {ObjectRules.NameBytesMax} bytes and no control characters, as in photos/2026/cat.jpg");
    }

    /// <summary>The name may be missing: then it is a prefix that all names have.</summary>
    public static ObjectPlace ParsePrefix(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var place = slash < 0 ? new ObjectPlace(text, "") : new ObjectPlace(text[..slash], text[(slash + 1)..]);
        return place.Volume.Length > 0 ? place : throw new SettingsException($"\"{text}\" names no volume; accepted: volume or volume/prefix");
    }

    public override string ToString() => $"{Volume}/{Name}";
}
