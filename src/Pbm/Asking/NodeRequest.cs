namespace CubeActors.Pbm;

/// <summary>What a node is asked.</summary>
/// <param name="Path">With a slash in front, and escaped.</param>
/// <param name="Query">Null values are left out.</param>
internal sealed record NodeRequest(HttpMethod Method, string Path, params IReadOnlyList<(string Key, string? Value)> Query)
{
    public static NodeRequest Get(string path, params IReadOnlyList<(string Key, string? Value)> query) => new(HttpMethod.Get, path, query);

    public static NodeRequest Post(string path, params IReadOnlyList<(string Key, string? Value)> query) => new(HttpMethod.Post, path, query);

    /// <summary>Path and query as they go out.</summary>
    public string Target
    {
        get
        {
            var query = string.Join('&', Query.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}"));
            return query.Length == 0 ? Path : $"{Path}?{query}";
        }
    }
}
