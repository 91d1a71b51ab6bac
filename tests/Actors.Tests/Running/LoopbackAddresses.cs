using System.Net;

namespace CubeActors.Actors.Tests;

/// <summary>Addresses of 127.0.0.0/8, a new one at each call: every node has the fixed ports of the field, and no two tests share one.</summary>
/// <remarks>The process id is in it, so that two test runs on one machine do not meet either.</remarks>
internal static class LoopbackAddresses
{
    private static int _last;

    public static IPAddress Next()
    {
        var number = Interlocked.Increment(ref _last);
        var process = Environment.ProcessId;
        return new IPAddress([127, (byte)(1 + process % 250), (byte)(process / 250 % 63 * 4 + number / 250 % 4), (byte)(1 + number % 250)]);
    }
}
