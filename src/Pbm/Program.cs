using System.Runtime.InteropServices;
using CubeActors.Pbm;

using var interrupts = new Interrupts();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true; // the command ends by itself, with its exit code
    interrupts.End();
});
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
{
    signal.Cancel = true;
    interrupts.Raise();
});
return await PbmCommandLine.RunAsync(args, PbmContext.OfProcess() with { Interrupts = interrupts }, interrupts.Stop);
