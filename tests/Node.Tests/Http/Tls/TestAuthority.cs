using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CubeActors.Node.Tests;

/// <summary>An authority of the test's own, and the certificates that it signs, as files in PEM.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-tls-");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=authority of a test", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
        File.WriteAllText(CaFile, _certificate.ExportCertificatePem());
    }

    public string CaFile => PathOf("ca.pem");

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Writes certificate and key, over those that were there.</summary>
    /// <param name="name">The certificate's subject.</param>
    /// <param name="address">Whose certificate it is; null: 127.0.0.1.</param>
    /// <param name="file">What the files' names begin with.</param>
    public (string Certificate, string Key) Issue(string name = "node", bool isExpired = false, IPAddress? address = null, string file = "node")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address ?? IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.Create(_certificate, now.AddYears(-1), isExpired ? now.AddDays(-1) : now.AddYears(1), Guid.NewGuid().ToByteArray());
        var (certificateFile, keyFile) = (PathOf($"{file}.pem"), PathOf($"{file}.key"));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (certificateFile, keyFile);
    }

    /// <summary>A client that trusts this authority and nobody else.</summary>
    public HttpClient Client(Action<X509Certificate2>? seen = null) => new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.Zero, // a handshake each
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                seen?.Invoke(new X509Certificate2(certificate!));
                if (errors.HasFlag(System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch)) return false;
                chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.CustomTrustStore.Add(_certificate);
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                return chain.Build(new X509Certificate2(certificate!));
            },
        },
    });

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _directory.Delete(recursive: true);
    }
}
