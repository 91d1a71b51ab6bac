using System.Net;
using System.Net.Http.Headers;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>Goal: nobody who reads the log or looks at the node learns a secret. Method: a node with every secret that there is, asked for everything with right and wrong tokens, at level debug.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SecretsTests : IDisposable
{
    private const string Token = "the token itself 0123", Wrong = "a token that somebody guessed", ServiceKey = "the service key 4567", Password = "the password 89ab";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-secrets-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task No_secret_is_in_the_log_or_on_any_page()
    {
        var file = Path.Combine(_directory.FullName, "token");
        await File.WriteAllTextAsync(file, Token);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var settings = NodeSettingsReader.Read(
            DataNodeFile.Parse(SampleConfig.FileName, SampleConfig.With(
                ("serviceIDKey", $"\"{ServiceKey}\""), ("clientIDKey", $"\"{ServiceKey}\""), ("token", $"\"{Token}\""), ("consulAddr", $"\"http://user:{Password}@127.0.0.1:1\""),
                ("pushAddr", $"\"user:{Password}@127.0.0.1:1\""), ("logLevel", "\"debug\""), ("logDir", $"\"{_directory.FullName}\""))),
            HoconFile.ParseOverlay("over.conf", $"cubeactors.http {{ token-file = \"{file}\", token-for-reads = on }}"));
        var pages = new List<string>();
        await using (var log = NodeLog.Open(settings.Observation.LogFiles, LogEventLevel.Debug, _ => throw new InvalidOperationException("not asked for"), TimeProvider.System))
        {
            foreach (var note in settings.Notes) log.Log.Write(note.Level, "{Note:l}", note.Text);
            var desk = ScriptedDesk.Of() with { Settings = () => settings.InForce, Tail = log.Tail, Levels = log.Levels };
            var http = await NodeHttp.StartAsync(settings.Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) }, desk, log.Log);
            using var client = new HttpClient { BaseAddress = new Uri($"http://{http.EndPoint}") };
            foreach (var token in (string?[])[null, Wrong, Token])
            {
                client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
                foreach (var path in (string[])["/cubeactors/config", "/cubeactors/log?lines=2000", "/cubeactors/node", "/cubeactors/runtime", "/config", "/stats", "/readyz?verbose", "/cubeactors/disks"])
                    pages.Add(await PageAsync(client, path));
                using var order = await client.PostAsync("/cubeactors/log/level?level=debug", null);
                Assert.Equal(token == Token ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, order.StatusCode);
            }

            await http.DisposeAsync();
        }

        var logged = string.Join('\n', Directory.GetFiles(Path.Combine(_directory.FullName, "dataNode")).Select(File.ReadAllText));
        Assert.Contains("was refused: NoToken", logged, StringComparison.Ordinal); // it did say something
        Assert.Contains(pages, page => page.Contains("serviceIDKey", StringComparison.Ordinal));
        Assert.Contains(pages, page => page.Contains(file, StringComparison.Ordinal)); // where the token stands is none
        foreach (var text in pages.Append(logged))
            foreach (var secret in (string[])[Token, Wrong, ServiceKey, Password])
                Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://user:secret@host:1/path", "http://(secret)@host:1/path")]
    [InlineData("user:s@cret@host:1", "(secret)@host:1")]
    [InlineData("http://host:1/a@b", "http://host:1/a@b")]
    [InlineData("host:1", "host:1")]
    [InlineData("", "")]
    public void An_address_is_shown_without_its_user(string address, string shown) => Assert.Equal(shown, EffectiveSettings.WithoutUser(address));

    private static async Task<string> PageAsync(HttpClient client, string path)
    {
        using var reply = await client.GetAsync(path);
        return await reply.Content.ReadAsStringAsync();
    }
}
