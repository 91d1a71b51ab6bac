using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CubeActors.ControlPlane;

// The object calls, which CubeFS's master does not have.
internal sealed partial class MasterHttp
{
    private void MapObjects(WebApplication app)
    {
        app.MapPost(ObjectPaths.Intents, http => PostAsync(http, ObjectJson.Default.OpenIntent, open =>
            AskAsync(http, Nothing, new OpenPut(open), ObjectJson.Default.IntentOpened)));
        app.MapPost($"{ObjectPaths.Intents}/{{put}}/extents", http => PutAsync(http, put => PostBodyAsync(http, ObjectJson.Default.AddExtents, extents =>
            AskAsync(http, Nothing, new ExtendPut(put, extents), (Done _) => "", MasterJson.Default.String))));
        app.MapPost($"{ObjectPaths.Intents}/{{put}}/commit", http => PutAsync(http, put => PostBodyAsync(http, ObjectJson.Default.CommitIntent, commit =>
            AskAsync(http, Nothing, new CommitPut(put, commit), ObjectJson.Default.ObjectEntry))));
        app.MapPost($"{ObjectPaths.Intents}/{{put}}/abort", http => PutAsync(http, put =>
            AskAsync(http, Nothing, new AbortPut(put), (Done _) => "", MasterJson.Default.String)));
        Get(app, ObjectPaths.Objects, (http, query) =>
        {
            var limit = (int)Math.Clamp(query.BoundedOr("limit", ObjectRules.PageObjectsMax, ObjectRules.PageObjectsMax), 1, ObjectRules.PageObjectsMax);
            return AskAsync(http, query, new ListObjects(query.Text("volume"), query.TextOr("prefix", ""), query.TextOr("after", ""), limit), ObjectJson.Default.ObjectPage);
        });
        app.MapGet(ObjectPaths.Object, http => GuardAsync(http, () =>
        {
            var query = new QueryReader(http.Request.Query);
            return AskAsync(http, query, new GetObject(query.Text("volume"), query.Text("name")), ObjectJson.Default.StoredObject);
        }));
        app.MapDelete(ObjectPaths.Object, http => GuardAsync(http, () =>
        {
            var query = new QueryReader(http.Request.Query);
            return AskAsync(http, query, new DropObject(query.Text("volume"), query.Text("name")), ObjectJson.Default.ObjectRemoved);
        }));
        Get(app, ObjectPaths.Garbage, (http, query) => AskAsync(http, query, new GetGarbage(query.TextOr("volume", "")), ObjectJson.Default.GarbageStatus));
    }

    private static QueryReader Nothing => new(QueryCollection.Empty);

    private Task PostAsync<T>(HttpContext http, JsonTypeInfo<T> type, Func<T, Task> handle) => GuardAsync(http, () => PostBodyAsync(http, type, handle));

    private static async Task PostBodyAsync<T>(HttpContext http, JsonTypeInfo<T> type, Func<T, Task> handle)
    {
        var body = await BodyAsync(http, ObjectBytesMax).ConfigureAwait(false);
        if (GoJson.TryRead(body, type, out var value)) await handle(value).ConfigureAwait(false);
        else await Envelope.WriteAsync(http, Refusal.BadParameter($"the body is not the JSON of a {type.Type.Name}")).ConfigureAwait(false);
    }

    private Task PutAsync(HttpContext http, Func<ulong, Task> handle) => GuardAsync(http, () =>
        ulong.TryParse(http.Request.RouteValues["put"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var put)
            ? handle(put)
            : Envelope.WriteAsync(http, Refusal.BadParameter("the id of the intent is not a number")));
}
