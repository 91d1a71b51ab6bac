using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CubeActors.Pbm.Tests;

/// <summary>Goal: whoever asks a node over TLS is told what to do about what goes wrong. Method: sockets on loopback that speak TLS or do not, and certificates of the test's own.</summary>
public sealed class TlsTests : IDisposable
{
    private const string Phase = """HTTP/1.1 404 Not Found{n}Content-Type: application/json{n}Content-Length: 55{n}Connection: close{n}{n}{"code":404,"msg":"there is no phase here","data":null}""";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-pbm-tls-");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _key.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("https://{0}", "--ca {1}", ExitCode.NotFound, "there is no phase here")]
    [InlineData("{0}", "--tls --ca {1}", ExitCode.NotFound, "there is no phase here")]
    [InlineData("https://{0}", "--insecure", ExitCode.NotFound, "there is no phase here")]
    [InlineData("https://{0}", "", ExitCode.Unreachable, "its certificate is not trusted here; name the authority that signed it with --ca <file>")]
    [InlineData("{0}", "", ExitCode.Unreachable, "Is that the port with TLS (cubeactors.http.tls.port)? Then say https:// before it, or --tls")]
    public async Task A_node_with_TLS_is_asked_by_who_trusts_it(string address, string options, int code, string error)
    {
        using var node = Serve(Certificate(IPAddress.Loopback));
        var run = Run();
        Assert.Equal(code, await run.RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, address, node.LocalEndpoint), $"node phase {options}"));
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.Equal(options == "--insecure", run.Error.StartsWith("warning: --insecure trusts whoever answers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_for_another_address_is_told_as_such()
    {
        using var node = Serve(Certificate(IPAddress.Parse("10.1.2.3")));
        var run = Run();
        Assert.Equal(ExitCode.Unreachable, await run.RunAsync($"https://{node.LocalEndpoint}", "node phase --ca {1}"));
        Assert.Contains("its certificate is for another name or address", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_told_as_such()
    {
        using var node = Serve(Certificate(IPAddress.Loopback, isExpired: true));
        var run = Run();
        Assert.Equal(ExitCode.Unreachable, await run.RunAsync($"https://{node.LocalEndpoint}", "node phase --ca {1}"));
        Assert.Contains("its certificate has expired, or is not valid yet", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_without_TLS_is_told_as_such()
    {
        using var node = Serve(null);
        var run = Run();
        Assert.Equal(ExitCode.Unreachable, await run.RunAsync($"https://{node.LocalEndpoint}", "node phase"));
        Assert.Contains("Does it speak TLS there? prof does not, cubeactors.http.tls.port does", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_files_and_options_is_told_before_anybody_is_asked()
    {
        await RefusesAsync("--ca /nowhere", "--ca: /nowhere cannot be read");
        await File.WriteAllTextAsync(PathOf("empty"), "");
        await RefusesAsync($"--ca {PathOf("empty")}", "holds no certificate in PEM");
        await RefusesAsync("--token-file /nowhere", "--token-file: /nowhere cannot be read");
        await RefusesAsync($"--token-file {PathOf("empty")}", "is empty");
        await RefusesAsync("--token a --token-file b", "give one of them");
        var http = Run();
        Assert.Equal(ExitCode.Usage, await http.RunAsync("http://127.0.0.1:1", "node phase --tls"));

        async Task RefusesAsync(string options, string error)
        {
            var run = Run();
            Assert.Equal(ExitCode.Usage, await run.RunAsync("https://127.0.0.1:1", $"node phase {options}"));
            Assert.Contains(error, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_first_line_of_a_file_is_sent_as_the_token()
    {
        await File.WriteAllTextAsync(PathOf("token"), "the token itself\nand no more\n");
        var node = new CannedNode().Answers("GET /cubeactors/log/level", """{"level":"info"}""");
        var run = new PbmRun(node);
        Assert.Equal(ExitCode.Success, await run.RunAsync($"log level --token-file {PathOf("token")}"));
        Assert.Equal("Bearer the token itself", node.Authorization!.ToString());
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private LiveRun Run() => new(PathOf("ca.pem"));

    private X509Certificate2 Certificate(IPAddress address, bool isExpired = false)
    {
        var request = new CertificateRequest("CN=node", _key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        var certificate = request.CreateSelfSigned(now.AddYears(-1), isExpired ? now.AddDays(-1) : now.AddYears(1));
        File.WriteAllText(PathOf("ca.pem"), certificate.ExportCertificatePem()); // its own authority
        return certificate;
    }

    /// <summary>Answers every request on a port of its own, until it is disposed.</summary>
    /// <param name="certificate">Null: in clear text.</param>
    private static TcpListener Serve(X509Certificate2? certificate)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = AcceptAsync();
        return listener;

        async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync();
                    try
                    {
                        await using Stream stream = certificate is null ? client.GetStream() : new SslStream(client.GetStream());
                        if (stream is SslStream tls) await tls.AuthenticateAsServerAsync(certificate!);
                        await stream.ReadAtLeastAsync(new byte[8192], 1, throwOnEndOfStream: false);
                        await stream.WriteAsync(Encoding.ASCII.GetBytes(Phase.Replace("{n}", "\r\n", StringComparison.Ordinal)));
                    }
                    catch (Exception ended) when (ended is IOException or AuthenticationException)
                    {
                        // the client did not want to go on
                    }
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                // the test is over
            }
        }
    }

    /// <summary>Runs command lines over real sockets.</summary>
    private sealed class LiveRun(string authority)
    {
        private readonly StringWriter _error = new();

        public string Error => _error.ToString();

        public Task<int> RunAsync(string node, string line)
        {
            // The first handshake of a process on a busy machine may take seconds.
            var context = PbmContext.OfProcess() with
            {
                Error = _error,
                Out = TextWriter.Null,
                Lines = null,
                Handler = trust => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromMinutes(1), UseProxy = false, SslOptions = trust.ToOptions() },
            };
            return PbmCommandLine.RunAsync([node, .. $"{line.Replace("{1}", authority, StringComparison.Ordinal)} --timeout 60".Split(' ', StringSplitOptions.RemoveEmptyEntries)], context, CancellationToken.None);
        }
    }
}
