namespace CubeActors.Node.Tests;

/// <summary>Files of a certificate that are not as they ought to be.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CertificateFilesTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void What_cannot_be_used_is_told_by_key_and_file()
    {
        var (certificate, key) = _authority.Issue();
        Refuses("cubeactors.http.tls.certificate", "cannot be read", () => CertificateFiles.Open(certificate + ".missing", key));
        Refuses("cubeactors.http.tls.key", "cannot be read", () => CertificateFiles.Open(certificate, key + ".missing"));
        Refuses("cubeactors.http.tls.certificate", "holds no certificate", () => CertificateFiles.Open(key, key));
        Refuses("cubeactors.http.tls.key", "is no private key", () => CertificateFiles.Open(certificate, Write("text", "no key")));

        File.Copy(key, _authority.PathOf("other.key"));
        _authority.Issue();
        Refuses("cubeactors.http.tls.key", "not that of the first certificate", () => CertificateFiles.Open(certificate, _authority.PathOf("other.key")));

        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Refuses("cubeactors.http.tls.key", "chmod 600", () => CertificateFiles.Open(certificate, key));
    }

    [Fact]
    public void A_certificate_that_has_expired_is_told_and_served_all_the_same()
    {
        var (certificate, key) = _authority.Issue(isExpired: true);
        Assert.Matches("^cubeactors.http.tls.certificate: .*node.pem expired on ", CertificateFiles.Open(certificate, key).Problem);
        (certificate, key) = _authority.Issue();
        Assert.Null(CertificateFiles.Open(certificate, key).Problem);
    }

    [Theory]
    [InlineData("cubeactors.http.tls.port = 17321", "belong together")]
    [InlineData("cubeactors.http.tls.certificate = /a", "belong together")]
    [InlineData("cubeactors.http.tls { certificate = /a, key = /b, port = 17321 }", "cubeactors.http.tls.certificate: /a cannot be read")]
    [InlineData("cubeactors.http.tls { certificate = a, key = /b, port = 17321 }", "an absolute path")]
    public void Half_of_what_TLS_needs_ends_the_start(string overlay, string why) =>
        Assert.Contains(why, Assert.Throws<SettingsException>(() => SampleConfig.Read(overlay)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(17310)]
    [InlineData(17810)]
    [InlineData(17320)]
    [InlineData(17340)]
    public void The_port_is_none_of_the_others(int port)
    {
        var (certificate, key) = _authority.Issue();
        Assert.StartsWith(
            $"cubeactors.http.tls.port: port {port} is another one",
            Assert.Throws<SettingsException>(() => SampleConfig.Read($"cubeactors.http.tls {{ certificate = \"{certificate}\", key = \"{key}\", port = {port} }}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_port_is_planned_behind_those_of_the_file()
    {
        var (certificate, key) = _authority.Issue();
        var plan = PortPlan.Of(SampleConfig.Read($"cubeactors.http.tls {{ certificate = \"{certificate}\", key = \"{key}\", port = 17321 }}"));
        Assert.Equal((PortName.Tls, 17321), (plan[^1].Name, plan[^1].EndPoint.Port));
        Assert.Equal(PortPlan.Of(SampleConfig.Read()), plan.SkipLast(1));
    }

    private string Write(string name, string text)
    {
        var file = _authority.PathOf(name);
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    private static void Refuses(string key, string why, Action open)
    {
        var message = Assert.Throws<SettingsException>(open).Message;
        Assert.StartsWith($"{key}: /", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }
}
