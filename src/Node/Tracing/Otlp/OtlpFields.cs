namespace CubeActors.Node;

/// <summary>What traces and metrics have in common on the wire. Source: opentelemetry-proto common.proto and resource.proto.</summary>
internal static class OtlpFields
{
    private const int Key = 1, Value = 2;
    private const int StringValue = 1, BoolValue = 2, IntValue = 3, DoubleValue = 4;
    private const int ResourceAttributes = 1, ScopeName = 1, ScopeVersion = 2;

    public static void Attribute(ProtoWriter writer, int field, string key, object value)
    {
        var pair = writer.Begin(field);
        writer.Text(Key, key);
        var any = writer.Begin(Value);
        switch (value)
        {
            case string text: writer.Text(StringValue, text); break;
            case bool flag: writer.Number(BoolValue, flag ? 1UL : 0); break;
            case long number: writer.Number(IntValue, (ulong)number); break;
            case double number: writer.Double(DoubleValue, number); break;
            default: throw new ArgumentException($"{key}: attributes are string, bool, long or double, not {value.GetType()}", nameof(value));
        }

        writer.End(any);
        writer.End(pair);
    }

    public static void Resource(ProtoWriter writer, int field, OtlpResource resource)
    {
        var place = writer.Begin(field);
        Attribute(writer, ResourceAttributes, "service.name", "cubeactors-datanode");
        Attribute(writer, ResourceAttributes, "service.version", ProgramVersion.Current);
        Attribute(writer, ResourceAttributes, "service.instance.id", resource.Address);
        if (resource.Cluster.Length > 0) Attribute(writer, ResourceAttributes, "cubefs.cluster", resource.Cluster);
        writer.End(place);
    }

    public static void Scope(ProtoWriter writer, int field)
    {
        var place = writer.Begin(field);
        writer.Text(ScopeName, "CubeActors");
        writer.Text(ScopeVersion, ProgramVersion.Current);
        writer.End(place);
    }

    public static ulong Nanoseconds(DateTimeOffset moment) => (ulong)Math.Max(0, (moment - DateTimeOffset.UnixEpoch).Ticks) * TimeSpan.NanosecondsPerTick;
}

/// <summary>Whose spans and metrics they are.</summary>
/// <param name="Address"><c>ip:port</c>, by which the masters name the node; empty while it is not known.</param>
/// <param name="Cluster">Empty while it is not known.</param>
internal sealed record OtlpResource(string Address, string Cluster);
