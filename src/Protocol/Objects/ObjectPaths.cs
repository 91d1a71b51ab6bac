namespace CubeActors.Protocol.Objects;

/// <summary>The HTTP paths of the object calls; they exist on the embedded master only.</summary>
public static class ObjectPaths
{
    /// <summary>POST <see cref="OpenIntent"/>, answers <see cref="IntentOpened"/>.</summary>
    public const string Intents = "/cubeactors/objects/intents";

    /// <summary>GET with <c>volume</c>, <c>prefix</c>, <c>after</c>, <c>limit</c>: <see cref="ObjectPage"/>.</summary>
    public const string Objects = "/cubeactors/objects";

    /// <summary>GET or DELETE with <c>volume</c> and <c>name</c>: <see cref="StoredObject"/> or <see cref="ObjectRemoved"/>.</summary>
    public const string Object = "/cubeactors/objects/object";

    /// <summary>GET with <c>volume</c>: <see cref="GarbageStatus"/>.</summary>
    public const string Garbage = "/cubeactors/garbage";

    /// <summary>POST <see cref="AddExtents"/>.</summary>
    public static string IntentExtents(ulong intentId) => $"{Intents}/{intentId}/extents";

    /// <summary>POST <see cref="CommitIntent"/>, answers <see cref="ObjectEntry"/>.</summary>
    public static string IntentCommit(ulong intentId) => $"{Intents}/{intentId}/commit";

    /// <summary>POST without body.</summary>
    public static string IntentAbort(ulong intentId) => $"{Intents}/{intentId}/abort";
}
