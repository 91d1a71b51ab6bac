namespace CubeActors.Node;

/// <summary>A source of events of the runtime.</summary>
/// <param name="Keywords">Which of its events.</param>
/// <param name="Level">2 errors, 4 information, 5 everything.</param>
internal readonly record struct TraceProvider(string Name, ulong Keywords, uint Level);

/// <summary>What a trace is to hold. Pure. Source of keywords: .NET documentation, runtime events; the first is that of dotnet-trace's profile cpu-sampling.</summary>
internal static class TraceProfile
{
    public const string Cpu = "cpu";

    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const ulong CpuKeywords = 0x14C14FCCBD, GcKeywords = 0x1, LockAndPoolKeywords = 0x4000 | 0x10000;

    /// <summary>Of the protocol: the format that tools read.</summary>
    private const uint NetTrace = 1;

    public static IReadOnlyList<string> Names { get; } = [Cpu, "gc", "locks"];

    /// <returns>Null for a word that is none.</returns>
    public static IReadOnlyList<TraceProvider>? Of(string word) => word switch
    {
        Cpu => [new("Microsoft-DotNETCore-SampleProfiler", 0, 5), new(Runtime, CpuKeywords, 4)],
        "gc" => [new(Runtime, GcKeywords, 4)],
        "locks" => [new(Runtime, LockAndPoolKeywords, 4)],
        _ => null,
    };

    /// <summary>The payload of CollectTracing2: buffer, format, whether names of methods are told at the end, providers.</summary>
    public static byte[] Command(IReadOnlyList<TraceProvider> providers, int bufferMiB)
    {
        using var payload = new MemoryStream();
        using var writer = new BinaryWriter(payload);
        writer.Write((uint)bufferMiB);
        writer.Write(NetTrace);
        writer.Write((byte)1);
        writer.Write(providers.Count);
        foreach (var provider in providers)
        {
            writer.Write(provider.Keywords);
            writer.Write(provider.Level);
            RuntimePort.Write(writer, provider.Name);
            RuntimePort.Write(writer, null);
        }

        writer.Flush();
        return payload.ToArray();
    }
}
