namespace CubeActors.Persistence;

/// <summary>A handler that waits for its turn: behind a write (Persist) or only behind the handlers before it (DeferAsync).</summary>
internal readonly record struct PendingHandler(object Event, StoredValue? Stored, Action<object> Handle);
