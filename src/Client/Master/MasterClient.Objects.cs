using System.Text.Json;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client;

// The object calls of the embedded master; a CubeFS master answers 404 to them.
public sealed partial class MasterClient
{
    /// <summary>Opens a put; durable when it returns.</summary>
    public async Task<ulong> OpenIntentAsync(OpenIntent intent, CancellationToken cancel = default)
    {
        var opened = await PostAsync(ObjectPaths.Intents, intent, ObjectJson.Default.OpenIntent, ObjectJson.Default.IntentOpened, cancel).ConfigureAwait(false);
        return opened.IntentId;
    }

    /// <summary>Names extents that a put has created, durable when it returns, and renews the intent; an empty list only renews.</summary>
    public async Task AddExtentsAsync(ulong intentId, IReadOnlyList<ObjectExtent> extents, CancellationToken cancel = default) =>
        await CallAsync(HttpMethod.Post, ObjectPaths.IntentExtents(intentId),
            JsonSerializer.SerializeToUtf8Bytes(new AddExtents(extents), ObjectJson.Default.AddExtents), cancel).ConfigureAwait(false);

    /// <summary>Makes the object appear, in place of one that has its name.</summary>
    public async Task CommitIntentAsync(ulong intentId, CommitIntent commit, CancellationToken cancel = default) =>
        await CallAsync(HttpMethod.Post, ObjectPaths.IntentCommit(intentId),
            JsonSerializer.SerializeToUtf8Bytes(commit, ObjectJson.Default.CommitIntent), cancel).ConfigureAwait(false);

    /// <summary>Ends a put without an object: its extents become garbage.</summary>
    public async Task AbortIntentAsync(ulong intentId, CancellationToken cancel = default) =>
        await CallAsync(HttpMethod.Post, ObjectPaths.IntentAbort(intentId), null, cancel).ConfigureAwait(false);

    /// <summary>One page of the objects whose name begins with <paramref name="prefix"/>, by name.</summary>
    /// <param name="after">The last page's <see cref="ObjectPage.Next"/>; empty for the first page.</param>
    /// <param name="limit">1 to <see cref="ObjectRules.PageObjectsMax"/>.</param>
    public Task<ObjectPage> ListObjectsAsync(string volume, string prefix, string after, int limit, CancellationToken cancel = default) =>
        GetAsync(Query(ObjectPaths.Objects, ("volume", volume), ("prefix", prefix), ("after", after), ("limit", Number(limit))),
            ObjectJson.Default.ObjectPage, cancel);

    public Task<StoredObject> GetObjectAsync(string volume, string name, CancellationToken cancel = default) =>
        GetAsync(Query(ObjectPaths.Object, ("volume", volume), ("name", name)), ObjectJson.Default.StoredObject, cancel);

    /// <summary>Removes an object at once; its bytes are deleted from the data nodes later.</summary>
    public async Task<ObjectRemoved> RemoveObjectAsync(string volume, string name, CancellationToken cancel = default) =>
        (await CallAsync(HttpMethod.Delete, Query(ObjectPaths.Object, ("volume", volume), ("name", name)), null, ObjectJson.Default.ObjectRemoved, cancel).ConfigureAwait(false)).Result;

    public Task<GarbageStatus> GetGarbageAsync(string volume, CancellationToken cancel = default) =>
        GetAsync(Query(ObjectPaths.Garbage, ("volume", volume)), ObjectJson.Default.GarbageStatus, cancel);
}
