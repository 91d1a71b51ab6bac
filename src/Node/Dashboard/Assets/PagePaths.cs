using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace CubeActors.Node;

/// <summary>The dashboard's page and its files. They hold nothing of the node, and so ask nobody who they are: a page that could not be loaded could not ask for a token.</summary>
internal static class PagePaths
{
    public const string Page = "/cubeactors/dashboard";

    /// <summary>Everything comes from this node or not at all: no script, style or image of anybody else, nothing inline, no frame around it.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Map("/", ToPageAsync); // CubeFS has nothing there
        routes.Map(Page, context => SendAsync(context, PageAsset.Index));
        routes.Map(Page + "/{file}", context => SendAsync(context, context.GetRouteValue("file") as string ?? ""));
    }

    private static Task ToPageAsync(HttpContext context)
    {
        if (!IsLook(context.Request)) return NodeHttp.NotFound(context);
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = Page[1..]; // relative: whoever stands in front may have put a path before it
        return Task.CompletedTask;
    }

    private static async Task SendAsync(HttpContext context, string name)
    {
        if (!IsLook(context.Request))
        {
            await NodeHttp.WriteAsync(context, OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "this path only looks: GET"));
            return;
        }

        if (!PageAsset.All.TryGetValue(name, out var asset))
        {
            await NodeHttp.NotFound(context);
            return;
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache"; // kept, and asked for each time: after an upgrade the files fit each other
        headers.ETag = asset.ETag;
        if (IsKnown(context.Request, asset.ETag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = asset.ContentType;
        context.Response.ContentLength = asset.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(asset.Body, context.RequestAborted);
    }

    private static bool IsLook(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private static bool IsKnown(HttpRequest request, string etag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(tag => tag.Tag == etag || tag.Tag == "*");
}
