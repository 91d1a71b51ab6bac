using Akka.Actor.Setup;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>The log that an actor system writes to.</summary>
internal sealed class LogSetup(ILogger log, LogTally? tally = null) : Setup
{
    public ILogger Log { get; } = log;

    /// <summary>Where errors are counted, written or not; null where nobody asks.</summary>
    public LogTally? Tally { get; } = tally;
}
