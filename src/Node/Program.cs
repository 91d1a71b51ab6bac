using CubeActors.Node;

// What waits on a socket goes on on the thread that saw the event, without a hop over the thread pool: measured as 15 % less CPU an append.
// It is safe because nothing behind a socket blocks here. .NET reads this variable when the first socket is made; an operator may set it to 0.
const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(InlineCompletions) is null) Environment.SetEnvironmentVariable(InlineCompletions, "1");

using var ports = EarlyPorts.Open(args);
await using var heap = ports is null ? null : StartHeap.Begin(TimeProvider.System); // of a node, behind its ports; once a process: several nodes may be started in one, by tests
// Request ids of two runs must not meet: they start at the clock's second, as those of every CubeFS process do.
CubeActors.Protocol.RequestIds.StartFrom(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
using var signals = new StopSignals();
return await CommandLine.RunAsync(args, CommandContext.OfProcess() with { EarlyPorts = ports }, signals.Token);
