using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary>Decides who may use paths that change something: everybody, as in CubeFS, or who knows the token.</summary>
internal sealed class OrderGuard
{
    private const int TokenCharactersMin = 16;
    private const string Scheme = "Bearer ";

    private readonly byte[]? _token;

    private OrderGuard(byte[]? token) => _token = token;

    /// <summary>Lets everybody pass.</summary>
    public static OrderGuard None { get; } = new(null);

    /// <param name="file">Its first line is the token; empty for no token.</param>
    /// <param name="isOpen">The paths of CubeFS are open all the same. There are no others that change something.</param>
    /// <exception cref="SettingsException">The file cannot be read or holds no token.</exception>
    public static OrderGuard Open(string file, bool isOpen)
    {
        if (file.Length == 0) return None;
        string token;
        try
        {
            token = File.ReadLines(file).FirstOrDefault("").Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"cubeactors.http.token-file: {file} cannot be read: {failure.Message}", failure);
        }

        if (token.Length < TokenCharactersMin) throw new SettingsException($"cubeactors.http.token-file: the first line of {file} is no token; {TokenCharactersMin} characters are the least");
        return isOpen ? None : With(token);
    }

    internal static OrderGuard With(string token) => new(Encoding.UTF8.GetBytes(token));

    public bool Admits(HttpRequest request)
    {
        if (_token is null) return true;
        var given = request.Headers.Authorization.ToString();
        // Compared in a time that does not tell how much of it was right.
        return given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given[Scheme.Length..].Trim()), _token);
    }
}
