using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CubeActors.Node;

/// <summary>The certificate of the port with TLS and its private key, of two files in PEM; read anew when they change. Thread-safe.</summary>
internal sealed class CertificateFiles
{
    public const string CertificateKey = "cubeactors.http.tls.certificate", PrivateKeyKey = "cubeactors.http.tls.key";

    /// <summary>A chain of a few certificates has some KiB.</summary>
    private const int FileBytesMax = 1 << 20;

    private readonly WatchedFiles<SslStreamCertificateContext> _files;
    private readonly string _certificateFile;
    private readonly TimeProvider _time;

    private CertificateFiles(WatchedFiles<SslStreamCertificateContext> files, string certificateFile, TimeProvider time) => (_files, _certificateFile, _time) = (files, certificateFile, time);

    /// <param name="certificateFile">The certificate first, then those between it and its authority, if any.</param>
    /// <exception cref="SettingsException">A file cannot be read or holds something else, or they do not belong together.</exception>
    public static CertificateFiles Open(string certificateFile, string keyFile, TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        return new CertificateFiles(
            WatchedFiles<SslStreamCertificateContext>.Open($"{CertificateKey} and {PrivateKeyKey}", [certificateFile, keyFile], () => Read(certificateFile, keyFile), clock), certificateFile, clock);
    }

    /// <summary>What is shown to who dials now.</summary>
    public SslStreamCertificateContext Current => _files.Current;

    /// <inheritdoc cref="WatchedFiles{T}.Refresh"/>
    public SettingsNote? Refresh() => _files.Refresh() is not { } note ? null : Problem is { } problem ? new SettingsNote(Serilog.Events.LogEventLevel.Error, $"{note.Text}; {problem}") : note;

    /// <summary>Why nobody will trust the certificate now; null if it may be in order. It is served all the same: a node serves its data whatever its operators' port looks like.</summary>
    public string? Problem
    {
        get
        {
            var (certificate, now) = (Current.TargetCertificate, _time.GetUtcNow());
            return now > certificate.NotAfter.ToUniversalTime() ? $"{CertificateKey}: {_certificateFile} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC; put a new one in its place, it is read without a restart"
                : now < certificate.NotBefore.ToUniversalTime() ? $"{CertificateKey}: {_certificateFile} is not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC; correct it, or the clock of this machine"
                : null;
        }
    }

    private static SslStreamCertificateContext Read(string certificateFile, string keyFile)
    {
        var (chain, key) = (ReadText(certificateFile), SecretFile.Read(PrivateKeyKey, keyFile, FileBytesMax));
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(chain);
        }
        catch (CryptographicException failure)
        {
            throw new SettingsException($"{CertificateKey}: {certificateFile} holds no certificates in PEM: {failure.Message}", failure);
        }

        if (certificates.Count == 0) throw new SettingsException($"{CertificateKey}: {certificateFile} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
        try
        {
            var certificate = X509Certificate2.CreateFromPem(chain, key);
            return SslStreamCertificateContext.Create(certificate, new X509Certificate2Collection(certificates.Skip(1).ToArray()), offline: true); // nobody is asked for what is missing in the chain
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new SettingsException($"{PrivateKeyKey}: {keyFile} is no private key in PEM without a password, or not that of the first certificate in {certificateFile}: {failure.Message}", failure);
        }
    }

    private static string ReadText(string file)
    {
        try
        {
            return new FileInfo(file).Length <= FileBytesMax ? File.ReadAllText(file) : throw new SettingsException($"{CertificateKey}: {file} has more than {FileBytesMax} bytes; it is no such file");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{CertificateKey}: {file} cannot be read: {failure.Message}", failure);
        }
    }
}
