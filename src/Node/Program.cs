using CubeActors.Node;

// Request ids of two runs must not meet: they start at the clock's second, as those of every CubeFS process do.
CubeActors.Protocol.RequestIds.StartFrom(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
using var signals = new StopSignals();
return await CommandLine.RunAsync(args, CommandContext.OfProcess(), signals.Token);
