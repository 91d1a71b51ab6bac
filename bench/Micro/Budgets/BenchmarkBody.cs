using System.Diagnostics;
using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace CubeActors.Micro;

/// <param name="AllocatedBytes">Of one call, on average.</param>
/// <param name="Nanoseconds">Of one call, roughly: for the reader, never for a verdict.</param>
internal readonly record struct Measurement(double AllocatedBytes, double Nanoseconds);

/// <summary>One method marked as a benchmark, called without BenchmarkDotNet around it.</summary>
internal sealed class BenchmarkBody(Type type, MethodInfo method)
{
    // Few enough that an append benchmark stays within one extent of 1024 blocks, so that rolling over is not counted as appending.
    private const int WarmUpCalls = 256, MeasuredCalls = 512;

    /// <summary>As it stands in budgets.json: class and method.</summary>
    public string Name => $"{type.Name}.{method.Name}";

    public static IEnumerable<BenchmarkBody> FindAll(Assembly assembly) =>
        from type in assembly.GetTypes()
        from method in type.GetMethods()
        where method.GetCustomAttribute<BenchmarkAttribute>() is not null
        orderby type.Name, method.Name
        select new BenchmarkBody(type, method);

    public Measurement Measure()
    {
        var instance = Activator.CreateInstance(type)!;
        var everyThread = type.GetCustomAttribute<EveryThreadAttribute>() is not null;
        CallMarked<GlobalSetupAttribute>(instance);
        try
        {
            // Called through a typed delegate: reflection would allocate for the call and box the result.
            return method.ReturnType == typeof(void)
                ? Measure(method.CreateDelegate<Action>(instance), everyThread)
                : (Measurement)typeof(BenchmarkBody).GetMethod(nameof(MeasureResult), BindingFlags.NonPublic | BindingFlags.Static)!
                    .MakeGenericMethod(method.ReturnType).Invoke(null, [instance, method, everyThread])!;
        }
        finally
        {
            CallMarked<GlobalCleanupAttribute>(instance);
        }
    }

    private static Measurement MeasureResult<T>(object instance, MethodInfo method, bool everyThread)
    {
        if (typeof(T).IsAssignableTo(typeof(Task)))
            throw new NotSupportedException($"{method}: what runs on other threads cannot be counted");
        var call = method.CreateDelegate<Func<T>>(instance);
        return Measure(() => call(), everyThread);
    }

    private static Measurement Measure(Action call, bool everyThread)
    {
        for (var i = 0; i < WarmUpCalls; i++) call();
        var startedAt = Stopwatch.GetTimestamp();
        var before = AllocatedBytes(everyThread);
        for (var i = 0; i < MeasuredCalls; i++) call();
        var allocated = AllocatedBytes(everyThread) - before;
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        return new Measurement((double)allocated / MeasuredCalls, elapsed.TotalNanoseconds / MeasuredCalls);
    }

    private static long AllocatedBytes(bool everyThread) => everyThread ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();

    private void CallMarked<T>(object instance) where T : Attribute
    {
        foreach (var marked in type.GetMethods().Where(candidate => candidate.GetCustomAttribute<T>() is not null))
            marked.Invoke(instance, null);
    }
}
