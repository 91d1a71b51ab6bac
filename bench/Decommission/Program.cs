using System.CommandLine;
using System.CommandLine.Invocation;
using CubeActors.Decommission;
using CubeActors.Protocol;

// Request ids of two runs differ, so that a node's log tells them apart.
RequestIds.StartFrom(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
var parsed = new DecommissionCommand().Build().Parse(args);
// A wrong option is answered with one line, not with all of --help.
if (parsed.Action is ParseErrorAction wrong) wrong.ShowHelp = false;
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
