using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary>Decides who may use paths that change something, and, if so set, paths of ours that show something. Those of CubeFS: everybody, as there, or who knows the token. Ours:
/// who is on this machine, or, once there is a token, who knows it. Thread-safe.</summary>
/// <remarks>The token itself is not kept, only its hash: what shows the node's memory does not show the token.</remarks>
internal sealed class OrderGuard
{
    public const string Key = "cubeactors.http.token-file";

    private const int TokenCharactersMin = 16;

    /// <summary>More is no token, and must not be read into memory.</summary>
    private const int TokenFileBytesMax = 64 * 1024;

    private const string Scheme = "Bearer ";

    private readonly WatchedFiles<byte[]>? _token; // SHA-256
    private readonly bool _isOpen;                 // the paths of CubeFS, although there is a token
    private readonly bool _guardsLooks;

    private OrderGuard(WatchedFiles<byte[]>? token, bool isOpen, bool guardsLooks) => (_token, _isOpen, _guardsLooks) = (token, isOpen, guardsLooks);

    /// <summary>The port with TLS; null where there is none.</summary>
    public int? TlsPort { get; init; }

    /// <summary>Asks for nothing but that orders of ours come from this machine.</summary>
    public static OrderGuard None { get; } = new(null, isOpen: true, guardsLooks: false);

    /// <param name="file">Its first line is the token; empty for no token. It is read anew when it changes.</param>
    /// <param name="isOpen">The paths of CubeFS are open all the same; ours ask for it.</param>
    /// <param name="guardsLooks">What is shown under /cubeactors asks for it too.</param>
    /// <exception cref="SettingsException">The file cannot be read, may be read by everybody, or holds no token.</exception>
    public static OrderGuard Open(string file, bool isOpen, bool guardsLooks = false, int? tlsPort = null, TimeProvider? time = null)
    {
        if (file.Length > 0) return new OrderGuard(WatchedFiles<byte[]>.Open(Key, [file], () => Hash(ReadToken(file)), time ?? TimeProvider.System), isOpen, guardsLooks) { TlsPort = tlsPort };
        if (guardsLooks) throw new SettingsException($"cubeactors.http.token-for-reads is on, and {Key} names no token that could be asked for");
        return tlsPort is null ? None : new OrderGuard(null, isOpen: true, guardsLooks: false) { TlsPort = tlsPort };
    }

    internal static OrderGuard With(string token, bool isOpen = false, bool guardsLooks = false, int? tlsPort = null) => new(WatchedFiles<byte[]>.Fixed(Hash(token)), isOpen, guardsLooks) { TlsPort = tlsPort };

    /// <summary>The token of a file.</summary>
    /// <exception cref="SettingsException">As <see cref="Open"/>.</exception>
    public static string ReadToken(string file)
    {
        var token = SecretFile.Read(Key, file, TokenFileBytesMax).Split('\n', 2)[0].Trim();
        return token.Length >= TokenCharactersMin ? token : throw new SettingsException($"{Key}: the first line of {file} is no token; {TokenCharactersMin} characters are the least");
    }

    /// <summary>Looks whether the token has changed, now and then.</summary>
    /// <returns>Null, or what the log is to say.</returns>
    public SettingsNote? Refresh() => _token?.Refresh();

    /// <summary>Whether a request may be carried out.</summary>
    public Refusal Judge(HttpRequest request, Access access)
    {
        if (access == Access.Open) return Refusal.None;
        var (remote, local) = (request.HttpContext.Connection.RemoteIpAddress, request.HttpContext.Connection.LocalIpAddress);
        // To an address of its own a machine dials from the same one.
        var isLocal = remote is not null && (IPAddress.IsLoopback(remote) || remote.Equals(local));
        return AccessRules.Decide(access, new GuardTerms(_token is not null, _guardsLooks, _isOpen, TlsPort is not null), isLocal, request.IsHttps, CredentialOf(request));
    }

    /// <summary>What a refused sender is told.</summary>
    public OperatorReply Explain(Refusal refusal) => refusal switch
    {
        Refusal.NoToken => OperatorReply.Failed(StatusCodes.Status401Unauthorized, "this path needs the header Authorization: Bearer <token>"),
        Refusal.WrongToken => OperatorReply.Failed(StatusCodes.Status401Unauthorized, "this path needs the header Authorization: Bearer <token>, and the token that was sent is another one"),
        Refusal.NotLocal => OperatorReply.Failed(StatusCodes.Status403Forbidden, $"this path is for this machine only, unless {Key} names a token"),
        Refusal.NotTls => OperatorReply.Failed(StatusCodes.Status403Forbidden, $"a token is not taken in clear text from another machine; use https on port {TlsPort}"),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "nothing to explain"),
    };

    private Credential CredentialOf(HttpRequest request)
    {
        if (_token is null) return Credential.None;
        var given = request.Headers.Authorization.ToString();
        if (!given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return given.Length == 0 ? Credential.None : Credential.Wrong;
        // Hashes have one length, and are compared in a time that does not tell how much of them was right.
        return CryptographicOperations.FixedTimeEquals(Hash(given[Scheme.Length..].Trim()), _token.Current) ? Credential.Right : Credential.Wrong;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
