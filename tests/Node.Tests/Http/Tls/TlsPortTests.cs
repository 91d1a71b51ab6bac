using System.Net;
using System.Net.Http.Headers;

namespace CubeActors.Node.Tests;

/// <summary>The operators' port with TLS beside the one in clear text, on loopback.</summary>
public sealed class TlsPortTests : IAsyncLifetime, IDisposable
{
    private const string Token = "correct horse battery";
    private readonly TestAuthority _authority = new();
    private readonly RecordedLog _lines = new();
    private readonly MovedTime _time = new();
    private NodeHttp _http = null!;

    public async Task InitializeAsync()
    {
        var (certificate, key) = _authority.Issue("first");
        var settings = SampleConfig.Read().Http! with
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Tls = new TlsSettings(new IPEndPoint(IPAddress.Loopback, 0), CertificateFiles.Open(certificate, key, _time)),
            Guard = OrderGuard.With(Token, guardsLooks: true, tlsPort: 17321),
        };
        _http = await NodeHttp.StartAsync(settings, ScriptedDesk.Of(), _lines.Logger);
    }

    public async Task DisposeAsync() => await _http.DisposeAsync();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_same_paths_are_served_to_who_trusts_the_authority(int version)
    {
        using var client = _authority.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, Url("/livez")) { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var reply = await client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, version), (reply.StatusCode, reply.Version.Major));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/cubeactors/node", Token));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/cubeactors/node", "another one of length"));
        using var plain = new HttpClient();
        Assert.Equal("service is running", System.Text.Json.JsonDocument.Parse(await plain.GetStringAsync($"http://{_http.EndPoint}/livez")).RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Who_does_not_trust_the_authority_is_not_served()
    {
        using var client = new HttpClient();
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Url("/livez")));
        Assert.Equal(HttpRequestError.SecureConnectionError, failure.HttpRequestError);
    }

    [Fact]
    public async Task A_new_certificate_is_shown_without_a_restart_and_a_broken_one_is_not()
    {
        Assert.Equal("CN=first", await ShownAsync());
        var (certificate, key) = _authority.Issue("second");
        _time.Step(WatchedFiles<object>.LookPeriod);
        Assert.Equal("CN=second", await ShownAsync());
        Assert.Contains(_lines.Lines, line => line.Contains($"{certificate} and {key} changed and was read anew", StringComparison.Ordinal));

        File.WriteAllText(certificate, "half a certificate");
        _time.Step(WatchedFiles<object>.LookPeriod);
        Assert.Equal("CN=second", await ShownAsync());
        Assert.Contains(_lines.Lines, line => line.Contains("what was read before stays in force", StringComparison.Ordinal));
    }

    private Uri Url(string path) => new($"https://{_http.TlsEndPoint}{path}");

    private async Task<HttpStatusCode> StatusAsync(string path, string token)
    {
        using var client = _authority.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var reply = await client.GetAsync(Url(path));
        return reply.StatusCode;
    }

    private async Task<string> ShownAsync()
    {
        var shown = "";
        using var client = _authority.Client(certificate => shown = certificate.Subject);
        using var reply = await client.GetAsync(Url("/livez"));
        return shown;
    }
}
