using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One look into a partition's store on its disk's threads. The gate was entered by whoever posts it, and is left here.</summary>
internal sealed class StoreLook<T>(PartitionGate gate, Func<ExtentStore, T> read) : WorkItem
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _result.Task;

    public override void Execute()
    {
        try
        {
            _result.SetResult(read(gate.Store));
        }
        catch (Exception e)
        {
            _result.SetException(e); // of the caller, who may have stopped waiting
        }
        finally
        {
            gate.Exit();
        }
    }
}
