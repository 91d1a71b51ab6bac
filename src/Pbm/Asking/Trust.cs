using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CubeActors.Pbm;

/// <summary>Whom to take for a node over TLS.</summary>
/// <param name="Authorities">Who may have signed its certificate; null: whom this machine trusts.</param>
/// <param name="IsBlind">Anybody.</param>
internal sealed record Trust(X509Certificate2Collection? Authorities, bool IsBlind)
{
    /// <summary>Said on stderr with each command that is run blind.</summary>
    public const string BlindWarning = "warning: --insecure trusts whoever answers; a token that is sent may be anybody's now. Name the certificate's authority with --ca instead";

    public static Trust OfSystem { get; } = new(null, IsBlind: false);

    /// <param name="authorityFile">PEM; null: the authorities of this machine.</param>
    /// <exception cref="PbmException">The file cannot be used.</exception>
    public static Trust Of(string? authorityFile, bool isBlind)
    {
        if (authorityFile is null) return isBlind ? OfSystem with { IsBlind = true } : OfSystem;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(authorityFile);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new PbmException(ExitCode.Usage, $"--ca: {authorityFile} cannot be read: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }

        return authorities.Count > 0 ? new Trust(authorities, isBlind) : throw new PbmException(ExitCode.Usage, $"--ca: {authorityFile} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
    }

    /// <summary>The same for sockets.</summary>
    public SslClientAuthenticationOptions ToOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (IsBlind) options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        if (Authorities is null) return options;
        options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck }; // an own authority has no list of what it revoked
        options.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities);
        return options;
    }
}
