using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Playwright;

namespace CubeActors.EndToEnd;

/// <summary>A page in a browser of its own profile, and everything about it that must not be: errors, and requests to anybody but the node.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    /// <summary>As a phone shows it: the width of most of them in CSS pixels.</summary>
    public const int PhoneWidth = 390;

    private readonly IBrowserContext _context;
    private readonly string _origin;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _foreign = new();

    private WatchedPage(IBrowserContext context, IPage page, string origin)
    {
        (_context, Page, _origin) = (context, page, origin);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _errors.Enqueue($"{message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith($"{_origin}/", StringComparison.Ordinal)) _foreign.Enqueue(request.Url);
        };
    }

    public IPage Page { get; }

    /// <param name="place">Whose dashboard.</param>
    /// <param name="view">Behind the #.</param>
    /// <param name="prepare">Called before anything is asked for.</param>
    /// <param name="shows">How the page stands to its node before this returns.</param>
    public static async Task<WatchedPage> OpenAsync(IBrowser browser, NodePlace place, string view = "node", int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light, Func<IPage, Task>? prepare = null, string shows = "live")
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            HasTouch = width <= PhoneWidth,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout((float)Eventually.Deadline.TotalMilliseconds);
        var origin = $"http://{place.Probes}";
        var page = new WatchedPage(context, await context.NewPageAsync(), origin);
        if (prepare is not null) await prepare(page.Page);
        await page.Page.GotoAsync($"{origin}/#{view}"); // the way of somebody who types the address
        await page.Shows(".pill", shows);
        return page;
    }

    /// <summary>Waits until an element that the selector finds has this text and is seen.</summary>
    public Task Shows(string selector, string text) => Found(selector, text).WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Visible });

    /// <summary>Waits until none is there any more.</summary>
    public Task ShowsNoMore(string selector, string text) => Found(selector, text).WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });

    /// <summary>Waits until a function says so. Asked from outside: the page's policy forbids what a browser would have to evaluate within.</summary>
    public Task IsSoAsync(string what, string function, object? argument = null) => Eventually.TrueAsync(what, () => Page.EvaluateAsync<bool>(function, argument));

    /// <summary>Follows a link of the navigation.</summary>
    public Task GoToAsync(string view) => Page.Locator($"nav a[href='#{view}']").ClickAsync();

    /// <summary>Keeps a picture of the whole page for people to look at.</summary>
    public Task PictureAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions { Path = System.IO.Path.Combine(Pictures(), $"{name}.png"), FullPage = true });

    /// <summary>Asserts that the page is as wide as the window: nothing has to be pushed sideways.</summary>
    public async Task AssertFitsAsync()
    {
        var (wanted, there) = (await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), await Page.EvaluateAsync<int>("innerWidth"));
        Assert.True(wanted <= there, $"the page is {wanted} pixels wide in a window of {there}");
    }

    /// <summary>Asserts that nothing went wrong on the page, and that it asked nobody but its node.</summary>
    /// <param name="foreseen">What errors may say: a node that was killed is asked in vain.</param>
    public void AssertClean(string? foreseen = null)
    {
        Assert.All(_errors, error => Assert.True(foreseen is not null && error.Contains(foreseen, StringComparison.Ordinal), error));
        Assert.Empty(_foreign);
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private ILocator Found(string selector, string text) => Page.Locator(selector, new PageLocatorOptions { HasText = text }).First;

    private static string Pictures([CallerFilePath] string here = "") =>
        Directory.CreateDirectory(System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "..", "..", "..", "artifacts", "screenshots"))).FullName;
}
