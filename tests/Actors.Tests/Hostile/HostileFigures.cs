using System.Globalization;
using System.Text;

namespace CubeActors.Actors.Tests;

/// <summary>What came of a run of requests to a <see cref="HostilePeer"/>.</summary>
internal sealed class HostileFigures
{
    private readonly long[] _byKind = new long[Enum.GetValues<RepairFailureKind>().Length];
    private readonly long[] _byDoubt = new long[ReplyDoubtNames.All.Count];
    private readonly long[] _faults = new long[Enum.GetValues<PeerFault>().Length];
    private readonly SortedDictionary<string, long> _byOperation = [];

    public long Operations { get; private set; }

    /// <summary>Requests; an operation that fails is tried again.</summary>
    public long Tries { get; set; }

    /// <summary>Operations that ended with the right result.</summary>
    public long Succeeded { get; set; }

    /// <summary>Operations that ended with a reason instead.</summary>
    public long GivenUp { get; set; }

    /// <summary>Answers that were accepted and were not right.</summary>
    public long AcceptedWrong { get; set; }

    /// <summary>The first of them, in words.</summary>
    public string FirstWrong { get; set; } = "";

    /// <summary>Operations that ended with nothing.</summary>
    public long Lost { get; set; }

    /// <summary>Refusals of a plain answer on a clean connection.</summary>
    public long RefusedRight { get; set; }

    /// <summary>Refusals without a field or without either side's values, and those that were not told, or told twice.</summary>
    public long Unexplained { get; set; }

    public TimeSpan VirtualTime { get; set; }

    public long Connections { get; set; }

    public long LatePackets { get; set; }

    public IReadOnlyList<long> Faults => _faults;

    public long Refusals(RepairFailureKind kind) => _byKind[(int)kind];

    public long Refusals(ReplyDoubts doubt) => _byDoubt[ReplyDoubtNames.IndexOf(doubt)];

    public void Begin(string operation)
    {
        Operations++;
        _byOperation[operation] = _byOperation.GetValueOrDefault(operation) + 1;
    }

    public void Refused(RepairFailureKind kind) => _byKind[(int)kind]++;

    public void Doubted(ReplyDoubts doubts)
    {
        for (var i = 0; i < _byDoubt.Length; i++)
            if (((int)doubts & (1 << i)) != 0) _byDoubt[i]++;
    }

    public void Wrong(string what)
    {
        if (AcceptedWrong++ == 0) FirstWrong = what;
    }

    public void Add(HostileFigures other)
    {
        Operations += other.Operations;
        Tries += other.Tries;
        Succeeded += other.Succeeded;
        GivenUp += other.GivenUp;
        if (AcceptedWrong == 0) FirstWrong = other.FirstWrong;
        AcceptedWrong += other.AcceptedWrong;
        Lost += other.Lost;
        RefusedRight += other.RefusedRight;
        Unexplained += other.Unexplained;
        VirtualTime += other.VirtualTime;
        Connections += other.Connections;
        LatePackets += other.LatePackets;
        for (var i = 0; i < _byKind.Length; i++) _byKind[i] += other._byKind[i];
        for (var i = 0; i < _byDoubt.Length; i++) _byDoubt[i] += other._byDoubt[i];
        for (var i = 0; i < _faults.Length; i++) _faults[i] += other._faults[i];
        foreach (var (operation, count) in other._byOperation) _byOperation[operation] = _byOperation.GetValueOrDefault(operation) + count;
    }

    public void AddFaults(IReadOnlyList<long> faults)
    {
        for (var i = 0; i < _faults.Length; i++) _faults[i] += faults[i];
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Operations} operations in {Tries} tries over {Connections} connections, {VirtualTime.TotalHours:0} virtual hours");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {Succeeded} right results, {GivenUp} given up with a reason, {AcceptedWrong} wrong answers accepted, {Lost} lost, {LatePackets} packets came after their connection");
        text.AppendLine(CultureInfo.InvariantCulture, $"  operations: {string.Join(", ", _byOperation.Select(one => $"{one.Key} {one.Value}"))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  faults: {string.Join(", ", Enum.GetValues<PeerFault>().Select(fault => $"{fault} {_faults[(int)fault]}"))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  refusals: {string.Join(", ", Enum.GetValues<RepairFailureKind>().Select(kind => $"{kind} {_byKind[(int)kind]}"))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  fields: {string.Join(", ", ReplyDoubtNames.All.Select((name, i) => $"{name} {_byDoubt[i]}"))}");
        return text.ToString();
    }
}
