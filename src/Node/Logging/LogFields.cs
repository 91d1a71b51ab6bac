using System.Globalization;
using Akka.Event;
using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node;

/// <summary>What a line of an actor is about, as fields that can be searched: from the actor's path, whose names hold ids, and from what the line names. Pure.</summary>
/// <remarks>What the line names comes first: an actor may speak of another partition than its own.</remarks>
internal readonly record struct LogFields(ulong? Partition, Guid? Operation, long? Connection)
{
    /// <summary>Names of properties of a line; <see cref="JsonLines"/> writes them as <c>partition</c>, <c>operation</c> and <c>connection</c>.</summary>
    public const string PartitionName = "Partition", OperationName = "Operation", ConnectionName = "Connection";

    private const int GuidCharacters = 32;

    /// <param name="place">The actor's path below the system, as in user/node/disk-0/partition-7/repairs/repair-0198...</param>
    public static LogFields Of(string place, object? message)
    {
        var fields = OfPlace(place);
        foreach (var argument in ArgumentsOf(message)) fields = argument switch
        {
            PartitionId partition => fields with { Partition = partition.Value },
            Guid operation => fields with { Operation = operation },
            Caller { Connection: > 0 } caller => fields with { Connection = caller.Connection },
            _ => fields,
        };
        return fields;
    }

    /// <summary>What names of actors tell: <c>partition-7</c>; <c>repair-</c>, <c>cycle-</c>, <c>share-</c> and <c>verify-</c> with the operation's id.</summary>
    internal static LogFields OfPlace(string place)
    {
        var fields = default(LogFields);
        foreach (var range in place.AsSpan().Split('/'))
        {
            var name = place.AsSpan(range);
            var dash = name.IndexOf('-');
            if (dash < 0) continue;
            var id = name[(dash + 1)..];
            if (name[..dash] is "partition")
            {
                if (ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)) fields = fields with { Partition = partition };
            }
            else if (id.Length >= GuidCharacters && Guid.TryParseExact(id[..GuidCharacters], "n", out var operation))
            {
                fields = fields with { Operation = operation };
            }
        }

        return fields;
    }

    private static IEnumerable<object> ArgumentsOf(object? message) =>
#if AKKA_1_5
        message is LogMessage line ? line.Parameters() : [];
#else
        message is LogMessage { Args: { } arguments } ? arguments : [];
#endif
}
