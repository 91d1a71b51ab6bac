namespace CubeActors.Actors;

/// <summary>What the operations of a node came to since its start. One owner.</summary>
internal sealed class LedgerCounts
{
    private readonly KindCounts[] _kinds = [.. Enum.GetValues<OperationKind>().Select(_ => new KindCounts())];
    private readonly long[] _alerts = new long[Enum.GetValues<OperationAlertKind>().Length];

    /// <summary>Values of progress below an earlier one, or none at all.</summary>
    public long ProgressIgnored { get; set; }

    /// <summary>Calls that came after the end of their operation.</summary>
    public long LateCalls { get; set; }

    /// <summary>Operations that ran without an entry.</summary>
    public long Unrecorded { get; set; }

    public KindCounts Of(OperationKind kind) => _kinds[(int)kind];

    public void Alert(OperationAlertKind kind) => _alerts[(int)kind]++;

    public long AlertsOf(OperationAlertKind kind) => _alerts[(int)kind];

    /// <summary>Of one kind.</summary>
    internal sealed class KindCounts
    {
        private readonly long[] _excluded = new long[Enum.GetValues<ConflictVerdict>().Length];

        public long Begun { get; set; }
        public long Done { get; private set; }
        public long Failed { get; private set; }
        public long Cancelled { get; private set; }
        public long Interrupted { get; private set; }

        /// <summary>Of those that are done: comparisons that found nothing.</summary>
        public long Nothing { get; set; }
        public double Seconds { get; private set; }

        public void Add(OperationState state, TimeSpan took)
        {
            switch (state)
            {
                case OperationState.Done:
                    Done++;
                    break;
                case OperationState.Failed:
                    Failed++;
                    break;
                case OperationState.Cancelled:
                    Cancelled++;
                    break;
                case OperationState.Interrupted:
                    Interrupted++;
                    return; // how long it took nobody knows
            }

            Seconds += Math.Max(0, took.TotalSeconds);
        }

        public void Exclude(ConflictVerdict verdict) => _excluded[(int)verdict]++;

        public long ExcludedBy(ConflictVerdict verdict) => _excluded[(int)verdict];
    }
}
