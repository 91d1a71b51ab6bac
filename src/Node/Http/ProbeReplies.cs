using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Answer to a probe. The first three names are those of CubeFS; the rest is ours.</summary>
/// <param name="Time">RFC 3339.</param>
internal sealed record ProbeReply(string Status, string Message, string Time, string? Phase = null)
{
    /// <summary>Why the probe is not answered with 200; absent where it is.</summary>
    public IReadOnlyList<string>? Reasons { get; init; }

    /// <summary>With <c>?verbose</c> only: what readiness is made of.</summary>
    public IReadOnlyList<ProbeCheck>? Checks { get; init; }

    /// <summary>With <c>?verbose</c> only.</summary>
    public IReadOnlyList<ProbeDisk>? Disks { get; init; }

    /// <summary>With <c>?verbose</c> only: how many replicas are in which state.</summary>
    public IReadOnlyDictionary<string, int>? Partitions { get; init; }

    /// <summary>With <c>?verbose</c> only: how many of those that load or serve are in which stage of loading.</summary>
    public IReadOnlyDictionary<string, int>? Stages { get; init; }

    /// <summary>With <c>?verbose</c>, and while a start is asked for that is not over: the phases so far and how long each took.</summary>
    public IReadOnlyList<PhaseTime>? Phases { get; init; }

    /// <summary>While a drain is under way, by order or before a stop: what is still to do.</summary>
    public ProbeDrain? Drain { get; init; }

    /// <summary>While a start is asked for that is not over: settled partitions of those found, 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>Estimated rest of the loading; absent while it is not known, and outside it.</summary>
    public double? LeftSeconds { get; init; }
}

/// <param name="Name">One word or a disk's path behind "disk "; stays the same from version to version.</param>
/// <param name="Reason">Absent where there is nothing to say.</param>
internal sealed record ProbeCheck(string Name, bool Ok, string? Reason);

internal sealed record ProbeDisk(string Path, ulong Total, ulong Available, string State, string? Reason);

/// <summary>A drain in numbers; <c>/cubeactors/drain</c> lists the groups.</summary>
/// <param name="State">As <see cref="DrainReply.State"/>.</param>
/// <param name="SecondsLeft">For handing over.</param>
internal sealed record ProbeDrain(string State, double SecondsLeft, int GroupsHandedOver, int GroupsStillLed, int Connections, int InFlight)
{
    /// <returns>Null where none is under way.</returns>
    public static ProbeDrain? Of(DrainStatus? status)
    {
        if (status is null or { IsDraining: false, IsStopping: false }) return null;
        var reply = DrainReply.Of(status);
        return new ProbeDrain(reply.State, reply.SecondsLeft, reply.GroupsHandedOver, reply.GroupsStillLed, reply.Connections, reply.InFlight);
    }
}

/// <summary>The JSON of the HTTP port: camelCase, absent values left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProbeReply))]
[JsonSerializable(typeof(StartReply))]
internal sealed partial class HttpJson : JsonSerializerContext;
