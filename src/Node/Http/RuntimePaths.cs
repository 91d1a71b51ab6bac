namespace CubeActors.Node;

/// <summary>Paths of CubeFS that belong to the Go runtime or to machinery that this node does not have. They say so, in plain text.</summary>
internal static class RuntimePaths
{
    private const int NotImplemented = 501;

    public static IEnumerable<OperatorPath> All { get; } =
    [
        Says("/getGOGC", "gogc is a setting of the Go runtime; this node runs on .NET, whose limits are the DOTNET_GC... variables of the environment"),
        Says("/setGOGC", "gogc is a setting of the Go runtime; this node runs on .NET, whose limits are the DOTNET_GC... variables of the environment"),
        Says("/debug/releaseMemory", "the .NET runtime returns memory by itself"),
        Says("/debug/pprof", "profiles of this node are taken with pbm node trace, or dotnet-trace and dotnet-counters"),
        Says("/debug/pprof/{**rest}", "profiles of this node are taken with pbm node trace, or dotnet-trace and dotnet-counters"),
        Says("/triggerRaftLogRotate", "raft logs of this node turn to a new file by size; nobody has to ask for it"),
    ];

    private static OperatorPath Says(string path, string sentence) => OperatorPath.At(path, _ => new TextReply(NotImplemented, sentence + "\n"));
}
