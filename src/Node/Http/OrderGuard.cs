using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary>Decides who may use paths that change something. Those of CubeFS: everybody, as there, or who knows the token. Ours: who is on this machine, or, once there is a
/// token, who knows it.</summary>
internal sealed class OrderGuard
{
    private const int TokenCharactersMin = 16;
    private const string Scheme = "Bearer ";

    private readonly byte[]? _token;
    private readonly bool _isOpen; // the paths of CubeFS, although there is a token

    private OrderGuard(byte[]? token, bool isOpen) => (_token, _isOpen) = (token, isOpen);

    /// <summary>The token; null where there is none.</summary>
    public string? Token => _token is null ? null : Encoding.UTF8.GetString(_token);

    /// <summary>Lets everybody pass.</summary>
    public static OrderGuard None { get; } = new(null, isOpen: true);

    /// <param name="file">Its first line is the token; empty for no token.</param>
    /// <param name="isOpen">The paths of CubeFS are open all the same; ours ask for it.</param>
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
        return With(token, isOpen);
    }

    internal static OrderGuard With(string token, bool isOpen = false) => new(Encoding.UTF8.GetBytes(token), isOpen);

    /// <summary>Whether a path of CubeFS may be used.</summary>
    public bool Admits(HttpRequest request) => _token is null || _isOpen || Knows(request, _token);

    /// <summary>Whether a path of ours may be used to change something.</summary>
    /// <returns>Null, or why not.</returns>
    public string? WhyNot(HttpRequest request)
    {
        if (_token is not null) return Knows(request, _token) ? null : "this path needs the header Authorization: Bearer <token>";
        var (remote, local) = (request.HttpContext.Connection.RemoteIpAddress, request.HttpContext.Connection.LocalIpAddress);
        // To an address of its own a machine dials from the same one.
        return remote is not null && (IPAddress.IsLoopback(remote) || remote.Equals(local)) ? null : "this path is for this machine only, unless cubeactors.http.token-file names a token";
    }

    private static bool Knows(HttpRequest request, byte[] token)
    {
        var given = request.Headers.Authorization.ToString();
        // Compared in a time that does not tell how much of it was right.
        return given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given[Scheme.Length..].Trim()), token);
    }
}
