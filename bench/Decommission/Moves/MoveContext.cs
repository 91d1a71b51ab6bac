using System.Diagnostics;
using CubeActors.LoadGen;

namespace CubeActors.Decommission;

/// <summary>What the steps of a move share.</summary>
/// <param name="Deadline">A timestamp: what is not done by then is stuck.</param>
/// <param name="Cancel">The trial ends.</param>
internal sealed record MoveContext(TrialMaster Master, long Deadline, CancellationToken Cancel)
{
    /// <summary>Between two tries of a step. A master of CubeFS waits 3 s to 5 minutes.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Does something until it is done.</summary>
    /// <param name="attempt">Null when it is; else what was answered instead.</param>
    /// <returns>Tries that failed.</returns>
    /// <exception cref="TrialViolation">It is not done by the deadline.</exception>
    public int Until(string what, Func<string?> attempt)
    {
        for (var failed = 0; ; failed++)
        {
            Cancel.ThrowIfCancellationRequested();
            string? refusal;
            try
            {
                refusal = attempt();
            }
            catch (NodeFault fault)
            {
                refusal = fault.Message;
            }

            if (refusal is null) return failed;
            if (Stopwatch.GetTimestamp() > Deadline) throw new TrialViolation($"stuck: {what}; the last answer: {refusal}");
            Cancel.WaitHandle.WaitOne(Pause);
        }
    }
}
