using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using CubeActors.Actors;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>The page of the dashboard: all of it is in the program, and browsers are told to take nothing from anywhere else.</summary>
public sealed partial class PagePathTests : IAsyncLifetime
{
    private const string Token = "a token of sixteen";

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private NodeHttp _http = null!; // set before any test runs

    public async Task InitializeAsync()
    {
        var settings = SampleConfig.Read().Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Guard = OrderGuard.With(Token) };
        _http = await NodeHttp.StartAsync(settings, new OperatorDesk(() => new NodeStatus(NodePhase.Binding, [], 0, "", [], []), () => null, "default", TimeProvider.System), Logger.None);
        _client.BaseAddress = new Uri($"http://{_http.EndPoint}");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _http.DisposeAsync();
    }

    [Theory]
    [InlineData("", "text/html; charset=utf-8")]
    [InlineData("/style.css", "text/css; charset=utf-8")]
    [InlineData("/main.js", "text/javascript; charset=utf-8")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task Every_file_has_its_type_and_the_strictest_policy(string file, string type)
    {
        using var reply = await _client.GetAsync(PagePaths.Page + file);
        Assert.Equal((HttpStatusCode.OK, type), (reply.StatusCode, reply.Content.Headers.ContentType!.ToString()));
        Assert.Equal(PagePaths.ContentSecurityPolicy, Assert.Single(reply.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(reply.Headers.CacheControl!.NoCache);
        Assert.DoesNotContain("unsafe", PagePaths.ContentSecurityPolicy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_browser_has_is_not_sent_again()
    {
        using var first = await _client.GetAsync($"{PagePaths.Page}/main.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{PagePaths.Page}/main.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var again = await _client.SendAsync(request);
        Assert.Equal((HttpStatusCode.NotModified, 0), (again.StatusCode, (await again.Content.ReadAsByteArrayAsync()).Length));
        using var other = new HttpRequestMessage(HttpMethod.Get, $"{PagePaths.Page}/main.js");
        other.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"another build\""));
        using var anew = await _client.SendAsync(other);
        Assert.Equal(HttpStatusCode.OK, anew.StatusCode);
    }

    [Fact]
    public async Task The_root_leads_to_the_page_and_other_paths_are_unknown()
    {
        using var root = await _client.GetAsync("/");
        Assert.Equal((HttpStatusCode.Found, "cubeactors/dashboard"), (root.StatusCode, root.Headers.Location!.OriginalString));
        using var posted = await _client.PostAsync("/", null);
        using var unknown = await _client.GetAsync($"{PagePaths.Page}/secrets.js");
        using var above = await _client.GetAsync($"{PagePaths.Page}/..%2fmain.js");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (posted.StatusCode, unknown.StatusCode, above.StatusCode));
        using var stranger = await _client.PostAsync(PagePaths.Page, null); // whoever posts means an order, whatever the path takes
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, PagePaths.Page) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Token) } };
        using var ordered = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, ordered.StatusCode);
    }

    [Fact]
    public async Task HEAD_tells_how_long_a_file_is_and_sends_none_of_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, PagePaths.Page);
        using var reply = await _client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, (long)PageAsset.All[PageAsset.Index].Body.Length), (reply.StatusCode, reply.Content.Headers.ContentLength!.Value));
    }

    [Fact]
    public void The_page_names_files_that_are_there_and_nothing_of_anybody_else()
    {
        var page = Text(PageAsset.Index);
        var named = Reference().Matches(page).Select(match => match.Groups[1].Value).Where(target => !target.StartsWith('#')).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, target => Assert.True(target.StartsWith("dashboard/", StringComparison.Ordinal) && PageAsset.All.ContainsKey(target["dashboard/".Length..]), target));
        foreach (var script in PageAsset.All.Values.Where(asset => asset.Name.EndsWith(".js", StringComparison.Ordinal)))
        {
            Assert.All(Import().Matches(Text(script.Name)).Select(match => match.Groups[1].Value), module => Assert.True(PageAsset.All.ContainsKey(module), $"{script.Name} imports {module}"));
            Assert.DoesNotContain("innerHTML", Text(script.Name), StringComparison.Ordinal); // what peers say must never become markup
        }

        // The name of SVG is no address: nobody asks for it.
        foreach (var asset in PageAsset.All.Values)
            Assert.DoesNotMatch("https?://|//cdn", Text(asset.Name).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_has_no_script_and_no_style_of_its_own_which_its_policy_would_forbid()
    {
        var page = Text(PageAsset.Index);
        Assert.DoesNotMatch("""<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=""", page);
        Assert.Contains("""<meta name="viewport" content="width=device-width, initial-scale=1">""", page, StringComparison.Ordinal);
    }

    private static string Text(string name) => Encoding.UTF8.GetString(PageAsset.All[name].Body.Span);

    [GeneratedRegex("(?:src|href)=\"([^\"]+)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("""from "\./([^"]+)";""")]
    private static partial Regex Import();
}
