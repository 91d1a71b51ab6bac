using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>The outside world as a node sees it; tests replace any of it.</summary>
internal sealed record NodeServices(INetwork Network, IFileSystem Files, TimeProvider Time, ILogger Log);
