using BenchmarkDotNet.Attributes;
using CubeActors.Actors;
using CubeActors.Runtime;

namespace CubeActors.Micro;

/// <summary>A turn on a disk whose work is limited: what the limits of an operator cost each request.</summary>
public class IoGateBenchmarks
{
    private const int Factor = 8;

    private readonly Turn _first = new();
    private readonly Turn _second = new();
    private readonly Turn _third = new();
    private IoGate _gate = null!; // set by SetUp, before any benchmark runs

    [GlobalSetup]
    public void SetUp()
    {
        _gate = new IoGate(IoKind.Write, TimeProvider.System);
        // Never the reason to wait: only the concurrency is.
        _gate.Set(new DiskClassLimits(Concurrent: 1, OperationsPerSecond: int.MaxValue, BytesPerSecond: int.MaxValue), ratesApply: true, Factor);
    }

    [GlobalCleanup] public void CleanUp() => _gate.Dispose();

    [Benchmark]
    public void TurnAtOnce()
    {
        Expect(Admission.Admitted, _first);
        IoGate.Exit(_first);
    }

    [Benchmark]
    public void TurnAfterAnother()
    {
        Expect(Admission.Admitted, _first);
        Expect(Admission.Waits, _second);
        Expect(Admission.Waits, _third);
        IoGate.Exit(_first);
        Invariant.Check(_gate.Withdraw(_third));
        IoGate.Exit(_second); // its turn came when the first one left
    }

    private void Expect(Admission admission, Turn turn) => Invariant.Check(_gate.Enter(turn, bytes: 1, takesSlot: true, mayBeRefused: true) == admission);

    private sealed class Turn : IoTicket
    {
        internal override void Answered(bool admitted) => Invariant.Check(admitted);
    }
}
